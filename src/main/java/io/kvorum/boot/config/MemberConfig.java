package io.kvorum.boot.config;

import io.kvorum.model.Command;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of one member, validated. Immutable.
 *
 * @param name human-readable
 * @param dataDirectory absolute; all data of the member is below it
 * @param walDirectory absolute; of the write-ahead log, usually inside the data directory
 * @param autoDefragFreeRatio how much of the store's disk space may be free before the member
 *     defragments it, as a share of 1; 0 for never
 * @param backups empty if none are made on a schedule
 * @param encryptionKeyFile absolute; with the keys that data is encrypted with; empty if it is not
 * @param corruptionChecks when the stores of the members are compared
 * @param http who may use the HTTP side of the client URLs
 * @param watchProgressInterval between two progress notifications of an idle watch
 * @param audit empty if there is no audit log
 */
public record MemberConfig(
    String name,
    Path dataDirectory,
    Path walDirectory,
    Listeners listeners,
    Peers peers,
    Limits limits,
    RaftTiming raft,
    AutoCompaction autoCompaction,
    double autoDefragFreeRatio,
    Optional<Backups> backups,
    Optional<Path> encryptionKeyFile,
    CorruptionCheckTimes corruptionChecks,
    HttpAccess http,
    Duration watchProgressInterval,
    AuthConfig auth,
    Optional<Audit> audit,
    Logging logging,
    Observing observing) {

  private static final String ENCRYPTION_KEY_FILE = "encryption-key-file";

  /**
   * Reads the values of etcd's flags.
   *
   * @param lookup returns the value that was set for a flag, by its name without dashes, or null
   * @throws ConfigurationException if a value is not acceptable
   */
  public static MemberConfig fromFlags(Function<String, @Nullable String> lookup) {
    Settings settings = new Settings(lookup);
    refuseUnsupported(settings);
    String name = settings.text("name");
    if (name.isBlank()) {
      throw settings.refusal("name", "must not be empty");
    }
    Path dataDirectory =
        settings.isSet("data-dir")
            ? directory(settings, "data-dir", Path.of(""))
            : path(settings, "name", name + ".etcd");
    Path walDirectory =
        directory(settings, "wal-dir", dataDirectory.resolve("member").resolve("wal"));
    ListenUrls.refuseClashes(settings);
    return new MemberConfig(
        name,
        dataDirectory,
        walDirectory,
        Listeners.from(settings),
        Peers.from(settings, name),
        Limits.from(settings),
        RaftTiming.from(settings),
        AutoCompaction.from(settings),
        autoDefragFreeRatio(settings),
        Backups.from(settings, dataDirectory, walDirectory),
        encryptionKeyFile(settings, dataDirectory, walDirectory),
        CorruptionCheckTimes.from(settings),
        HttpAccess.from(settings),
        progressInterval(settings),
        AuthConfig.from(settings),
        Audit.from(settings),
        Logging.from(settings),
        Observing.from(settings));
  }

  /**
   * Reads properties: {@code kvorum.data-dir} and so on.
   *
   * @param properties returns the value of a property, or null
   * @throws ConfigurationException if a value is not acceptable
   */
  public static MemberConfig fromProperties(Function<String, @Nullable String> properties) {
    return fromFlags(flag -> properties.apply(Flags.get(flag).property()));
  }

  /**
   * Ignoring these would be harmful: without discovery the member would found a cluster alone, and
   * without client certificates it would admit everyone.
   */
  private static void refuseUnsupported(Settings settings) {
    for (Flag flag : Flags.all()) {
      String name = flag.name();
      if (flag.status() == Flag.Status.REFUSED && settings.isSet(name)) {
        String value = settings.text(name);
        flag.check(value);
        if (flag.differs(value)) {
          throw settings.refusal(name, flag.reason());
        }
      }
    }
  }

  private static Path directory(Settings settings, String flag, Path otherwise) {
    return settings.isSet(flag) ? path(settings, flag, settings.text(flag)) : otherwise;
  }

  private static Path path(Settings settings, String flag, String text) {
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException notAPath) {
      throw settings.refusal(flag, "not a path: " + notAPath.getReason());
    }
  }

  /** A key beside what it protects protects nothing. */
  private static Optional<Path> encryptionKeyFile(
      Settings settings, Path dataDirectory, Path walDirectory) {
    if (!settings.isSet(ENCRYPTION_KEY_FILE)) {
      return Optional.empty();
    }
    Path file = directory(settings, ENCRYPTION_KEY_FILE, dataDirectory);
    if (file.startsWith(dataDirectory) || file.startsWith(walDirectory)) {
      throw settings.refusal(
          ENCRYPTION_KEY_FILE, "must be outside of the directories that it protects");
    }
    return Optional.of(file);
  }

  private static double autoDefragFreeRatio(Settings settings) {
    double ratio;
    try {
      ratio = Double.parseDouble(settings.text("auto-defrag-free-ratio"));
    } catch (NumberFormatException notANumber) {
      ratio = Double.NaN;
    }
    if (!(ratio >= 0 && ratio <= 1)) {
      throw settings.refusal("auto-defrag-free-ratio", "must be between 0 and 1");
    }
    return ratio;
  }

  private static Duration progressInterval(Settings settings) {
    Duration interval = settings.duration("watch-progress-notify-interval");
    if (interval.isNegative() || interval.isZero()) {
      throw settings.refusal("watch-progress-notify-interval", "must be positive");
    }
    return interval;
  }

  /**
   * The limits of what clients may store and request. Immutable.
   *
   * @param quotaBytes size of the store that raises the NOSPACE alarm; empty for no limit
   * @param maxTxnOps most operations in a transaction
   * @param maxRequestBytes size of the largest request; at most what members can forward to each
   *     other
   * @param maxConnectionsPerAddress most connections of clients from one address; 0 for no limit
   * @param http2 what each connection of gRPC may do
   */
  public record Limits(
      OptionalLong quotaBytes,
      int maxTxnOps,
      int maxRequestBytes,
      int maxConnectionsPerAddress,
      Http2Config http2) {
    private static final long DEFAULT_QUOTA_BYTES = 2L * 1024 * 1024 * 1024;

    static Limits from(Settings settings) {
      long quota = settings.number("quota-backend-bytes", Long.MIN_VALUE);
      return new Limits(
          quota < 0
              ? OptionalLong.empty()
              : OptionalLong.of(quota == 0 ? DEFAULT_QUOTA_BYTES : quota),
          settings.intNumber("max-txn-ops", 1),
          settings.intNumber("max-request-bytes", 1, Command.MAX_ENCODED_BYTES),
          settings.intNumber("max-connections-per-address", 0),
          Http2Config.from(settings));
    }
  }

  /**
   * The timing of Raft. Immutable.
   *
   * @param snapshotCount entries of the log after which it may be cut; Raft caps large values
   * @param heartbeat interval of a leader's heartbeats
   * @param electionTimeout time without a heartbeat before an election; at least five heartbeats
   */
  public record RaftTiming(long snapshotCount, Duration heartbeat, Duration electionTimeout) {
    private static final long MOST_ELECTION_MILLIS = 50_000;

    static RaftTiming from(Settings settings) {
      long heartbeat = settings.number("heartbeat-interval", 1);
      long election = settings.number("election-timeout", 1);
      if (election > MOST_ELECTION_MILLIS) {
        throw settings.refusal("election-timeout", "must be at most " + MOST_ELECTION_MILLIS);
      }
      if (election / 5 < heartbeat) {
        throw settings.refusal(
            "election-timeout", "must be at least 5 times --heartbeat-interval, " + heartbeat);
      }
      return new RaftTiming(
          settings.number("snapshot-count", 1),
          Duration.ofMillis(heartbeat),
          Duration.ofMillis(election));
    }
  }

  /**
   * The history that auto-compaction keeps. Immutable.
   *
   * @param mode what the retention counts
   * @param period how long to keep a revision, in periodic mode; zero in revision mode
   * @param revisions how many to keep, in revision mode; zero in periodic mode
   */
  public record AutoCompaction(Mode mode, Duration period, long revisions) {
    /** Whether revisions expire by age or by number. */
    public enum Mode {
      PERIODIC,
      REVISION
    }

    /** Whether only clients compact. */
    public boolean isOff() {
      return period.isZero() && revisions == 0;
    }

    static AutoCompaction from(Settings settings) {
      String mode = settings.text("auto-compaction-mode");
      return switch (mode) {
        case "periodic" -> new AutoCompaction(Mode.PERIODIC, period(settings), 0);
        case "revision" -> new AutoCompaction(Mode.REVISION, Duration.ZERO, revisions(settings));
        default -> throw settings.refusal("auto-compaction-mode", "must be periodic or revision");
      };
    }

    /** A number without a unit counts hours. */
    private static Duration period(Settings settings) {
      String retention = settings.text("auto-compaction-retention");
      try {
        Duration period =
            retention.matches("\\d{1,6}")
                ? Duration.ofHours(Long.parseLong(retention))
                : GoDuration.parse(retention);
        if (period.isNegative()) {
          throw new IllegalArgumentException("must not be negative");
        }
        return period;
      } catch (IllegalArgumentException wrong) {
        throw settings.refusal("auto-compaction-retention", wrong.getMessage());
      }
    }

    private static long revisions(Settings settings) {
      try {
        return Flag.Kind.parseUnsigned(settings.text("auto-compaction-retention"));
      } catch (IllegalArgumentException wrong) {
        throw settings.refusal(
            "auto-compaction-retention", "must be a number of revisions in revision mode");
      }
    }
  }
}
