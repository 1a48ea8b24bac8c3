package io.kvorum.boot.config;

import io.kvorum.support.OneLine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The values that were set, by the flag's name, after the sources have been resolved: flags and
 * variables, of which only one may name a value, or a configuration file in their place. Presets of
 * an image or a unit count where these say nothing. Immutable.
 *
 * <p>Held by: FlagValuesTest, WrongValuesTest.
 *
 * @param values in the form they have on the command line, each checked for its kind
 * @param warnings lines for the user
 * @param exclusive whether a file was used, so that flags without a value have their defaults
 */
public record FlagValues(Map<String, String> values, List<String> warnings, boolean exclusive) {
  private static final String CONFIG_FILE = "config-file";

  private static final String PROPERTY = "kvorum\\.[^.]+";

  private static final List<String> PREFIXES = List.of("ETCD_", "KVORUM_DEFAULT_");

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
   * @throws ConfigurationException if a value has the wrong form, the file cannot be used, or a
   *     flag and its variable are both set
   */
  public static FlagValues resolve(
      Map<String, String> commandLine, Map<String, String> environment) {
    Map<String, String> variables = ofVariables(environment, Flag::environmentVariable);
    Map<String, String> values = ofVariables(environment, Flag::presetVariable);
    String preset = values.getOrDefault(CONFIG_FILE, "");
    String file =
        commandLine.getOrDefault(CONFIG_FILE, variables.getOrDefault(CONFIG_FILE, preset));
    List<String> warnings = new ArrayList<>();
    if (file.isEmpty()) {
      refuseShadowed(commandLine, environment);
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
    List<String> present = Flags.names().stream().map(name -> Flags.get(name).property()).toList();
    for (String name : names) {
      if (name.matches(PROPERTY) && !known.contains(name)) {
        List<String> likely = Spelling.likely(name, present, List.of());
        throw new ConfigurationException(
            "unknown property " + name + Spelling.question("", likely));
      }
    }
  }

  /**
   * Lines for the user, about properties that make no difference.
   *
   * @param properties returns the value of a property, or null
   * @throws ConfigurationException if a value has the wrong form
   */
  public static List<String> withoutEffect(Function<String, @Nullable String> properties) {
    List<String> warnings = new ArrayList<>();
    for (Flag flag : Flags.all()) {
      String value = properties.apply(flag.property());
      if (value != null) {
        check(flag, value, warnings);
      }
    }
    return warnings;
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
          .forEach(
              gate ->
                  warnings.add(
                      "the feature gate "
                          + gate.label()
                          + " has no effect: "
                          + gate.explanation()));
    } catch (IllegalArgumentException wrong) {
      throw flag.refusal(value, wrong.getMessage());
    }
  }

  /** As in etcd, which does so for equal values and empty variables, too. */
  private static void refuseShadowed(
      Map<String, String> commandLine, Map<String, String> environment) {
    for (String name : commandLine.keySet()) {
      String variable = Flags.get(name).environmentVariable();
      if (environment.containsKey(variable)) {
        throw new ConfigurationException(
            "conflicting environment variable \"%s\" is shadowed by corresponding command-line flag (either unset environment variable or disable flag): unset %s, or leave out --%s"
                .formatted(variable, variable, name),
            ConfigurationException.UNUSABLE);
      }
    }
  }

  private static Map<String, String> ofVariables(
      Map<String, String> environment, Function<Flag, String> variable) {
    Map<String, String> values = new LinkedHashMap<>();
    for (Flag flag : Flags.all()) {
      String value = environment.get(variable.apply(flag));
      if (value != null && !value.isEmpty()) {
        values.put(flag.name(), value);
      }
    }
    return values;
  }

  private static List<String> unknownVariables(Map<String, String> environment) {
    Set<String> known = new HashSet<>();
    for (Flag flag : Flags.all()) {
      known.add(flag.environmentVariable());
      known.add(flag.presetVariable());
    }
    return environment.keySet().stream()
        .filter(name -> PREFIXES.stream().anyMatch(name::startsWith) && !known.contains(name))
        .filter(name -> !name.matches(FOREIGN))
        .sorted()
        .map(name -> OneLine.of(name) + Spelling.question("", likely(name)))
        .toList();
  }

  private static List<String> likely(String variable) {
    String prefix = PREFIXES.stream().filter(variable::startsWith).findFirst().orElse("");
    String word = variable.substring(prefix.length()).toLowerCase(Locale.ROOT);
    return Spelling.likely(word, Flags.names(), List.of()).stream()
        .map(Flags::get)
        .map(flag -> prefix.equals("ETCD_") ? flag.environmentVariable() : flag.presetVariable())
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
