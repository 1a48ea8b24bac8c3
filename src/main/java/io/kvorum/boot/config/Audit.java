package io.kvorum.boot.config;

import io.kvorum.audit.AuditLog;
import io.kvorum.audit.AuditPolicy;
import io.kvorum.support.Reason;
import io.kvorum.support.Rotation;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The audit log of a member. Immutable.
 *
 * <p>Held by: AuditTest.
 *
 * @param file absolute; empty for the standard output
 */
public record Audit(Optional<Path> file, Rotation rotation, AuditPolicy policy) {
  private static final String PATH = "audit-log-path";
  private static final String POLICY = "audit-policy-file";
  private static final String MAX_SIZE = "audit-log-maxsize";
  private static final String MAX_BACKUP = "audit-log-maxbackup";
  private static final String MAX_AGE = "audit-log-maxage";
  private static final String STANDARD_OUTPUT = "-";
  private static final int MOST_MEGABYTES = 1 << 20;
  private static final int MOST_DAYS = 36_500;

  /** Empty if there is to be none. */
  static Optional<Audit> from(Settings settings) {
    Rotation rotation =
        new Rotation(
            (long) settings.intNumber(MAX_SIZE, 1, MOST_MEGABYTES) << 20,
            settings.intNumber(MAX_BACKUP, 0),
            Duration.ofDays(settings.intNumber(MAX_AGE, 0, MOST_DAYS)));
    if (!settings.isSet(PATH)) {
      refuseAlone(settings);
      return Optional.empty();
    }
    AuditPolicy policy =
        settings.isSet(POLICY)
            ? AuditPolicyFile.read(settings.text(POLICY))
            : AuditPolicy.metadataOfAll();
    return Optional.of(new Audit(file(settings), rotation, policy));
  }

  /** To believe that there is a log where there is none would be harmful. */
  private static void refuseAlone(Settings settings) {
    for (String other : new String[] {POLICY, MAX_SIZE, MAX_BACKUP, MAX_AGE}) {
      if (settings.isSet(other)) {
        throw settings.refusal(other, "needs --" + PATH);
      }
    }
  }

  private static Optional<Path> file(Settings settings) {
    String path = settings.text(PATH);
    try {
      return path.equals(STANDARD_OUTPUT)
          ? Optional.empty()
          : Optional.of(Path.of(path).toAbsolutePath().normalize());
    } catch (InvalidPathException notAPath) {
      throw settings.refusal(PATH, notAPath.getReason());
    }
  }

  /**
   * Opens the log.
   *
   * @throws ConfigurationException with one line, if its file cannot be written
   */
  public AuditLog open() {
    try {
      return AuditLog.open(file.orElse(null), rotation);
    } catch (IOException cannotWrite) {
      throw Flags.get(PATH)
          .refusal(file.map(Path::toString).orElse(STANDARD_OUTPUT), Reason.of(cannotWrite));
    }
  }
}
