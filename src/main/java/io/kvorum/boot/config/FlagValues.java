package io.kvorum.boot.config;

import io.kvorum.support.OneLine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values that were set, by the flag's name, after the sources have been resolved: a
 * configuration file replaces all others; without one, a flag takes precedence over its variable.
 * Immutable.
 *
 * @param values in the form they have on the command line, each checked for its kind
 * @param warnings lines for the user
 * @param exclusive whether a file was used, so that flags without a value have their defaults
 */
public record FlagValues(Map<String, String> values, List<String> warnings, boolean exclusive) {
  private static final String CONFIG_FILE = "config-file";

  private static final String PROPERTY = "kvorum\\.[^.]+";

  /** Variables with etcd's prefix that are not flags: etcdctl's, and those of container images. */
  private static final String FOREIGN = "ETCD(CTL|UTL)_.*|ETCD_(UNSUPPORTED_ARCH|VERSION|VER)";

  public FlagValues {
    values = Map.copyOf(values);
    warnings = List.copyOf(warnings);
  }

  /**
   * Resolves the sources.
   *
   * @param commandLine flags by name
   * @param environment variables of the process
   * @throws ConfigurationException if a value has the wrong form, or the file cannot be used
   */
  public static FlagValues resolve(
      Map<String, String> commandLine, Map<String, String> environment) {
    Map<String, String> variables = ofVariables(environment);
    String file = commandLine.getOrDefault(CONFIG_FILE, variables.getOrDefault(CONFIG_FILE, ""));
    List<String> warnings = new ArrayList<>();
    Map<String, String> values = new LinkedHashMap<>();
    if (file.isEmpty()) {
      unknownVariables(environment).forEach(name -> warnings.add("unknown variable " + name));
      values.putAll(variables);
      values.putAll(commandLine);
    } else {
      ConfigFile read = ConfigFile.read(file);
      ignored(commandLine, variables, file, warnings);
      warnings.addAll(read.warnings());
      values.putAll(read.values());
    }
    values.remove(CONFIG_FILE);
    values.forEach((name, value) -> check(Flags.get(name), value, warnings));
    return new FlagValues(values, warnings, !file.isEmpty());
  }

  /**
   * Refuses properties that were meant to be those of flags, and are misspelled.
   *
   * @param names of all properties there are, most of which are none of Kvorum's
   * @throws ConfigurationException if one of them is
   */
  public static void refuseUnknownProperties(Iterable<String> names) {
    List<String> known = Flags.all().stream().map(Flag::property).toList();
    for (String name : names) {
      if (name.matches(PROPERTY) && !known.contains(name)) {
        List<String> likely = Spelling.likely(name, known, List.of());
        throw new ConfigurationException(
            "unknown property " + name + Spelling.question("", likely));
      }
    }
  }

  /** The value that was set for a flag, or null. */
  public @Nullable String get(String flag) {
    return values.get(flag);
  }

  private static void check(Flag flag, String value, List<String> warnings) {
    if (!value.isEmpty() || flag.kind() == Flag.Kind.BOOLEAN) {
      flag.check(value);
    }
    if (flag.status() == Flag.Status.NO_EFFECT && flag.differs(value)) {
      warnings.add("--" + flag.name() + " has no effect: " + flag.reason());
    }
    if (flag.name().equals("feature-gates")) {
      noteGatesWithoutEffect(flag, value, warnings);
    }
  }

  private static void noteGatesWithoutEffect(Flag flag, String value, List<String> warnings) {
    try {
      FeatureGates.parse(value)
          .withoutEffect()
          .forEach(gate -> warnings.add("the feature gate " + gate + " has no effect"));
    } catch (IllegalArgumentException wrong) {
      throw flag.refusal(value, wrong.getMessage());
    }
  }

  private static Map<String, String> ofVariables(Map<String, String> environment) {
    Map<String, String> values = new LinkedHashMap<>();
    for (Flag flag : Flags.all()) {
      String value = environment.get(flag.environmentVariable());
      if (value != null && !value.isEmpty()) {
        values.put(flag.name(), value);
      }
    }
    return values;
  }

  private static List<String> unknownVariables(Map<String, String> environment) {
    List<String> known = Flags.all().stream().map(Flag::environmentVariable).toList();
    return environment.keySet().stream()
        .filter(name -> name.startsWith("ETCD_") && !known.contains(name))
        .filter(name -> !name.matches(FOREIGN))
        .sorted()
        .map(name -> OneLine.of(name) + Spelling.question("", likely(name)))
        .toList();
  }

  private static List<String> likely(String variable) {
    String word = variable.substring("ETCD_".length()).toLowerCase(Locale.ROOT);
    return Spelling.likely(word, Flags.all().stream().map(Flag::name).toList(), List.of()).stream()
        .map(name -> Flags.get(name).environmentVariable())
        .toList();
  }

  private static void ignored(
      Map<String, String> commandLine,
      Map<String, String> variables,
      String file,
      List<String> warnings) {
    commandLine.keySet().stream()
        .filter(name -> !name.equals(CONFIG_FILE))
        .forEach(name -> warnings.add("--" + name + " is ignored: " + file + " takes precedence"));
    variables.keySet().stream()
        .filter(name -> !name.equals(CONFIG_FILE) && !commandLine.containsKey(name))
        .map(name -> Flags.get(name).environmentVariable())
        .forEach(name -> warnings.add(name + " is ignored: " + file + " takes precedence"));
  }
}
