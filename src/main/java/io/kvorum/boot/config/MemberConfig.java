package io.kvorum.boot.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of one member, validated. Immutable.
 *
 * @param name human-readable
 * @param dataDirectory absolute; all data of the member is below it
 * @param walDirectory absolute; of the write-ahead log, usually inside the data directory
 * @param watchProgressInterval between two progress notifications of an idle watch
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
    Duration watchProgressInterval,
    LogLevel logLevel) {

  /**
   * Reads the values of etcd's flags.
   *
   * @param lookup returns the value that was set for a flag, by its name without dashes, or null
   * @throws ConfigurationException if a value is not acceptable
   */
  public static MemberConfig fromFlags(Function<String, @Nullable String> lookup) {
    return fromFlags(lookup, OptionalInt.empty());
  }

  /**
   * Reads properties: {@code kvorum.data-dir} and so on, and {@value
   * Listeners#RELAY_PORT_PROPERTY}.
   *
   * @param properties returns the value of a property, or null
   * @throws ConfigurationException if a value is not acceptable
   */
  public static MemberConfig fromProperties(Function<String, @Nullable String> properties) {
    String relayPort = properties.apply(Listeners.RELAY_PORT_PROPERTY);
    return fromFlags(
        flag -> properties.apply(Flags.get(flag).property()),
        relayPort == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(relayPort)));
  }

  private static MemberConfig fromFlags(
      Function<String, @Nullable String> lookup, OptionalInt relayPort) {
    Settings settings = new Settings(lookup);
    refuseUnsupported(settings);
    String name = settings.text("name");
    if (name.isBlank()) {
      throw settings.refusal("name", "must not be empty");
    }
    Path dataDirectory = directory(settings, "data-dir", Path.of("").resolve(name + ".etcd"));
    return new MemberConfig(
        name,
        dataDirectory,
        directory(settings, "wal-dir", dataDirectory.resolve("member").resolve("wal")),
        Listeners.from(settings, relayPort),
        Peers.from(settings, name),
        Limits.from(settings),
        RaftTiming.from(settings),
        AutoCompaction.from(settings),
        progressInterval(settings),
        logLevel(settings));
  }

  /**
   * Ignoring these would be harmful: without discovery the member would found a cluster alone, and
   * without client certificates it would admit everyone.
   */
  private static void refuseUnsupported(Settings settings) {
    for (Flag flag : Flags.all()) {
      String name = flag.name();
      boolean differs = settings.isSet(name) && !settings.text(name).equals(flag.defaultValue());
      if (flag.status() == Flag.Status.REFUSED && differs) {
        throw settings.refusal(
            name,
            name.startsWith("discovery")
                ? "discovery services are not supported; use --initial-cluster or --discovery-srv"
                : "not supported yet, and without it the member would be open to more than is"
                      + " meant");
      }
    }
  }

  private static Path directory(Settings settings, String flag, Path otherwise) {
    try {
      Path directory = settings.isSet(flag) ? Path.of(settings.text(flag)) : otherwise;
      return directory.toAbsolutePath().normalize();
    } catch (InvalidPathException notAPath) {
      throw settings.refusal(flag, notAPath.getReason());
    }
  }

  private static Duration progressInterval(Settings settings) {
    Duration interval = settings.duration("watch-progress-notify-interval");
    if (interval.isNegative() || interval.isZero()) {
      throw settings.refusal("watch-progress-notify-interval", "must be positive");
    }
    return interval;
  }

  private static LogLevel logLevel(Settings settings) {
    try {
      return LogLevel.parse(settings.text("log-level"));
    } catch (IllegalArgumentException unknown) {
      throw settings.refusal("log-level", unknown.getMessage());
    }
  }
}
