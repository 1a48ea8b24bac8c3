package io.kvorum.boot.config;

import io.kvorum.support.Rotation;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What the log of a member says, and where to. Immutable.
 *
 * <p>Held by: LoggingTest.
 *
 * @param level the lowest one that is written
 * @param streams the process's own ones that it goes to
 * @param files absolute; that it goes to as well
 * @param rotation of the file
 */
public record Logging(
    LogLevel level, Format format, Set<Stream> streams, List<Path> files, Rotation rotation) {
  private static final String LEVEL = "log-level";
  private static final String FORMAT = "log-format";
  private static final String OUTPUTS = "log-outputs";
  private static final String LOGGER = "logger";
  private static final String ROTATE = "enable-log-rotation";
  private static final String ROTATION = "log-rotation-config-json";
  private static final Set<String> ROTATION_KEYS =
      Set.of("maxsize", "maxage", "maxbackups", "localtime", "compress");
  private static final int DEFAULT_MEGABYTES = 100;
  private static final int MOST_MEGABYTES = 1 << 20;
  private static final int MOST_DAYS = 36_500;

  public Logging {
    streams = Set.copyOf(streams);
    files = List.copyOf(files);
  }

  /** The form of a line. */
  public enum Format {
    /** Text for people. */
    CONSOLE,
    /** One object with etcd's names of fields. */
    JSON
  }

  /** What a process begins with. */
  public enum Stream {
    STDERR,
    STDOUT,
    /** Stderr, which systemd reads: lines begin with their priority. */
    JOURNAL
  }

  /** Whether the standard error alone is written, in lines of text, as without any flag. */
  public boolean isPlain() {
    return format == Format.CONSOLE && files.isEmpty() && streams.equals(Set.of(Stream.STDERR));
  }

  static Logging from(Settings settings) {
    if (!settings.text(LOGGER).equals("zap")) {
      throw settings.refusal(LOGGER, "must be zap");
    }
    Set<Stream> streams = EnumSet.noneOf(Stream.class);
    List<Path> files = new ArrayList<>();
    readOutputs(settings, streams, files);
    Rotation rotation = Rotation.none();
    if (settings.bool(ROTATE)) {
      rotation = rotation(settings);
      if (files.size() != 1) {
        throw settings.refusal(
            OUTPUTS,
            "--enable-log-rotation needs exactly one file there, as in"
                + " stderr,/var/log/kvorum.log");
      }
    }
    return new Logging(level(settings), format(settings), streams, files, rotation);
  }

  private static LogLevel level(Settings settings) {
    try {
      return LogLevel.parse(settings.text(LEVEL));
    } catch (IllegalArgumentException unknown) {
      throw settings.refusal(LEVEL, unknown.getMessage());
    }
  }

  private static Format format(Settings settings) {
    return switch (settings.text(FORMAT)) {
      case "console" -> Format.CONSOLE;
      case "json" -> Format.JSON;
      default -> throw settings.refusal(FORMAT, "must be json or console");
    };
  }

  private static void readOutputs(Settings settings, Set<Stream> streams, List<Path> files) {
    List<String> outputs = List.of(settings.text(OUTPUTS).split(",", -1));
    if (outputs.size() > 1 && outputs.contains("default")) {
      throw settings.refusal(OUTPUTS, "default cannot be combined with others; write stderr");
    }
    for (String output : outputs) {
      switch (output.strip()) {
        case "default", "stderr" -> streams.add(Stream.STDERR);
        case "stdout" -> streams.add(Stream.STDOUT);
        case "systemd/journal" -> streams.add(Stream.JOURNAL);
        case "" -> throw settings.refusal(OUTPUTS, "an output has no name");
        default -> files.add(file(settings, output.strip()));
      }
    }
    if (streams.contains(Stream.STDERR) && streams.contains(Stream.JOURNAL)) {
      throw settings.refusal(OUTPUTS, "systemd/journal is stderr; name one of them");
    }
    if (files.size() != Set.copyOf(files).size()) {
      throw settings.refusal(OUTPUTS, "a file is named twice");
    }
  }

  private static Path file(Settings settings, String output) {
    try {
      return Path.of(output).toAbsolutePath().normalize();
    } catch (InvalidPathException notAPath) {
      throw settings.refusal(OUTPUTS, notAPath.getReason());
    }
  }

  private static Rotation rotation(Settings settings) {
    try {
      RotationJson json = RotationJson.of(settings.text(ROTATION));
      int megabytes = json.number("maxsize", MOST_MEGABYTES);
      return new Rotation(
          (long) (megabytes == 0 ? DEFAULT_MEGABYTES : megabytes) << 20,
          json.number("maxbackups", Integer.MAX_VALUE),
          Duration.ofDays(json.number("maxage", MOST_DAYS)),
          json.bool("localtime") ? ZoneId.systemDefault() : ZoneOffset.UTC,
          json.bool("compress"));
    } catch (IllegalArgumentException wrong) {
      throw settings.refusal(ROTATION, wrong.getMessage());
    }
  }

  /**
   * The object that says how to rotate; the case of its names does not matter, as in Go. Its
   * methods refuse with {@link IllegalArgumentException}.
   */
  private record RotationJson(Map<String, Object> values) {
    /** By the reader of the configuration file: JSON is YAML. */
    static RotationJson of(String text) {
      Object parsed;
      try {
        parsed = new Load(LoadSettings.builder().build()).loadFromString(text);
      } catch (YamlEngineException malformed) {
        throw new IllegalArgumentException("not JSON", malformed);
      }
      if (!(parsed instanceof Map<?, ?> object) || !text.strip().startsWith("{")) {
        throw new IllegalArgumentException("not a JSON object");
      }
      Map<String, Object> values = new HashMap<>();
      object.forEach((name, value) -> values.put(known(String.valueOf(name)), value));
      return new RotationJson(values);
    }

    private static String known(String name) {
      String lowerCase = name.toLowerCase(Locale.ROOT);
      if (!ROTATION_KEYS.contains(lowerCase)) {
        throw new IllegalArgumentException(
            "\"" + name + "\" is none of maxsize, maxage, maxbackups, localtime, compress");
      }
      return lowerCase;
    }

    int number(String name, int most) {
      Object value = values.getOrDefault(name, 0);
      if (value instanceof Integer number && number >= 0 && number <= most) {
        return number;
      }
      throw new IllegalArgumentException(
          "\"" + name + "\" must be a whole number from 0 to " + most);
    }

    boolean bool(String name) {
      if (values.getOrDefault(name, false) instanceof Boolean isOn) {
        return isOn;
      }
      throw new IllegalArgumentException("\"" + name + "\" must be true or false");
    }
  }
}
