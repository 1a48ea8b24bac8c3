package io.kvorum.backup;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a backup that a member made on its schedule. The cluster is part of it, so that no member
 * takes the backup of another cluster for one of its cluster. Immutable; ordered by time.
 *
 * <pre>
 *   kvorum-fced5118d6805183-20261130T130000Z-1234.db
 *   kvorum-fced5118d6805183-20261130T140000Z-1300.db.sealed
 * </pre>
 *
 * @param time when the store was in that state, in whole seconds
 * @param revision of the store
 * @param isSealed whether it is encrypted, which its ending tells
 */
public record BackupName(long clusterId, Instant time, long revision, boolean isSealed)
    implements Comparable<BackupName> {
  private static final Pattern FORM =
      Pattern.compile(
          "kvorum-([0-9a-f]{1,16})-([0-9]{8}T[0-9]{6}Z)-([0-9]{1,18})\\.db(\\.sealed)?");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final Comparator<BackupName> ORDER =
      Comparator.comparing(BackupName::time)
          .thenComparingLong(BackupName::revision)
          .thenComparingLong(BackupName::clusterId)
          .thenComparing(BackupName::isSealed);

  public BackupName {
    time = time.truncatedTo(ChronoUnit.SECONDS);
  }

  /** What the name of a file says; empty unless it has exactly this form. */
  static Optional<BackupName> parse(String file) {
    Matcher parts = FORM.matcher(file);
    if (!parts.matches()) {
      return Optional.empty();
    }
    BackupName name;
    try {
      name =
          new BackupName(
              Long.parseUnsignedLong(parts.group(1), 16),
              TIME.parse(parts.group(2), Instant::from),
              Long.parseLong(parts.group(3)),
              parts.group(4) != null);
    } catch (DateTimeException noSuchTime) {
      return Optional.empty();
    }
    return name.fileName().equals(file) ? Optional.of(name) : Optional.empty();
  }

  /** The name of its file. */
  public String fileName() {
    return "kvorum-"
        + Long.toHexString(clusterId)
        + "-"
        + TIME.format(time)
        + "-"
        + revision
        + (isSealed ? ".db.sealed" : ".db");
  }

  @Override
  public int compareTo(BackupName other) {
    return ORDER.compare(this, other);
  }
}
