package io.kvorum.boot.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file in etcd's format: YAML whose keys are the names of the flags, and two nested
 * sections for TLS.
 *
 * <p>Held by: FlagValuesTest.
 *
 * @param values by the flag's name, in the form they have on the command line
 * @param unknownKeys keys that name no flag
 */
record ConfigFile(Map<String, String> values, List<String> unknownKeys) {
  /**
   * The nested sections, each with the flags of its keys: the prefix for most of them under the
   * empty key, and the irregular ones.
   */
  private static final Map<String, Map<String, String>> SECTIONS =
      Map.of(
          "client-transport-security",
          Map.of(
              "",
              "",
              "crl-file",
              "client-crl-file",
              "allowed-hostname",
              "client-cert-allowed-hostname"),
          "peer-transport-security",
          Map.of(
              "", "peer-",
              "allowed-cn", "peer-cert-allowed-cn",
              "allowed-hostname", "peer-cert-allowed-hostname"));

  /**
   * Reads the file.
   *
   * @throws ConfigurationException if it cannot be read, or is not a YAML mapping
   */
  static ConfigFile read(String path) {
    ConfigFile file = new ConfigFile(new LinkedHashMap<>(), new ArrayList<>());
    YamlMapping.read("config-file", path)
        .forEach((key, value) -> file.add(String.valueOf(key), value));
    return file;
  }

  private void add(String key, @Nullable Object value) {
    Map<String, String> section = SECTIONS.get(key);
    if (section != null && value instanceof Map<?, ?> nested) {
      String prefix = section.getOrDefault("", "");
      nested.forEach(
          (name, setting) ->
              addFlag(section.getOrDefault(name, prefix + name), key + "." + name, setting));
    } else {
      addFlag(key, key, value);
    }
  }

  private void addFlag(String name, String key, @Nullable Object value) {
    Flag flag = Flags.find(name);
    if (flag == null) {
      unknownKeys.add(key);
    } else if (value != null) {
      values.put(name, text(flag, value));
    }
  }

  /** A duration without a unit counts nanoseconds, as in etcd. */
  private static String text(Flag flag, Object value) {
    if (value instanceof List<?> list) {
      return String.join(",", list.stream().map(String::valueOf).toList());
    }
    if (value instanceof Number && flag.kind() == Flag.Kind.DURATION) {
      return value + "ns";
    }
    return String.valueOf(value);
  }
}
