package io.kvorum.ctl;

import io.kvorum.boot.config.GoDuration;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The values of a command's flags: from the command line, else from the variable of a global flag,
 * else its preset. Each was checked to be of its flag's kind. Immutable.
 *
 * <p>Held by: CommandLineTest.
 */
final class FlagValues {
  private final Map<String, String> given;
  private final Map<String, Flag> flags = new HashMap<>();

  private FlagValues(Map<String, String> given, List<Flag> flags) {
    this.given = given;
    flags.forEach(flag -> this.flags.put(flag.name(), flag));
  }

  /**
   * Resolves and checks the values.
   *
   * @param arguments those of the command line, by name
   * @param own the flags of the command
   */
  static FlagValues resolve(
      Map<String, String> arguments, Map<String, String> variables, List<Flag> own)
      throws UsageException, CtlException {
    Map<String, String> given = new HashMap<>(arguments);
    for (Flag flag : GlobalFlags.ALL) {
      String variable = variables.get(flag.variable());
      if (variable != null && !variable.isEmpty() && !given.containsKey(flag.name())) {
        Optional<String> reason = defect(flag, variable);
        if (reason.isPresent()) {
          throw CtlException.badArguments(
              "invalid value \"" + variable + "\" for " + flag.variable() + ": " + reason.get());
        }
        given.put(flag.name(), variable);
      }
    }
    List<Flag> all = Stream.concat(GlobalFlags.ALL.stream(), own.stream()).toList();
    for (Flag flag : all) {
      String value = arguments.get(flag.name());
      Optional<String> reason = value == null ? Optional.empty() : defect(flag, value);
      if (reason.isPresent()) {
        String written = (flag.letter().isEmpty() ? "" : "-" + flag.letter() + ", ");
        throw new UsageException(
            "invalid argument \"%s\" for \"%s--%s\" flag: %s"
                .formatted(value, written, flag.name(), reason.get()));
      }
    }
    return new FlagValues(given, all);
  }

  /** Why a text is no value of that flag, in Go's words. */
  private static Optional<String> defect(Flag flag, String value) {
    return switch (flag.kind()) {
      case TEXT, TEXTS -> Optional.empty();
      case INTEGER -> integerDefect(value);
      case DURATION -> durationDefect(value);
      case BOOLEAN ->
          parseBoolean(value).isPresent()
              ? Optional.empty()
              : Optional.of("strconv.ParseBool: parsing \"" + value + "\": invalid syntax");
    };
  }

  private static Optional<String> integerDefect(String value) {
    try {
      Long.parseLong(value);
      return Optional.empty();
    } catch (NumberFormatException none) {
      String reason = value.matches("[+-]?\\d+") ? "value out of range" : "invalid syntax";
      return Optional.of("strconv.ParseInt: parsing \"" + value + "\": " + reason);
    }
  }

  private static Optional<String> durationDefect(String value) {
    try {
      GoDuration.parse(value);
      return Optional.empty();
    } catch (IllegalArgumentException none) {
      return Optional.of("time: invalid duration \"" + value + "\"");
    }
  }

  private static Optional<Boolean> parseBoolean(String value) {
    return switch (value) {
      case "1", "t", "T", "true", "TRUE", "True" -> Optional.of(true);
      case "0", "f", "F", "false", "FALSE", "False" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  /** Whether somebody has given a value. */
  boolean isSet(String name) {
    return given.containsKey(name);
  }

  String text(String name) {
    Flag flag = flags.get(name);
    if (flag == null) {
      throw new IllegalArgumentException("this command has no flag --" + name);
    }
    return given.getOrDefault(name, flag.preset());
  }

  long integer(String name) {
    return Long.parseLong(text(name));
  }

  Duration duration(String name) {
    return GoDuration.parse(text(name));
  }

  boolean isTrue(String name) {
    return parseBoolean(text(name)).orElseThrow();
  }
}
