package io.kvorum.boot.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration file in etcd's format: YAML whose keys are the names of the flags, with
 * nested sections for TLS and sockets. A key that names no flag is refused: what it was meant to
 * set would silently have its default. Used by one thread.
 *
 * <p>Held by: FlagValuesTest, WrongValuesTest.
 */
final class ConfigFile {
  private static final String FLAG = "config-file";
  private static final String DISCOVERY = "discovery-config";

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
              "allowed-hostname", "peer-cert-allowed-hostname"),
          "socket-options",
          Map.of("", "socket-"));

  /**
   * The keys of sections; others name no flag there, even where the prefix would make one of them.
   */
  private static final Set<String> SECTION_KEYS =
      Set.of(
          "cert-file",
          "key-file",
          "client-cert-file",
          "client-key-file",
          "client-cert-auth",
          "trusted-ca-file",
          "auto-tls",
          "crl-file",
          "allowed-cn",
          "allowed-hostname",
          "skip-client-san-verification",
          "reuse-port",
          "reuse-address");

  /** Keys of etcd's sample file that are no flags any more: etcd 3.7 skips them. */
  private static final Set<String> FORMER =
      Set.of(
          "proxy",
          "proxy-failure-wait",
          "proxy-refresh-interval",
          "proxy-dial-timeout",
          "proxy-write-timeout",
          "proxy-read-timeout");

  /** Where etcd takes an empty text, or no output, for a key that is missing. */
  private static final Set<String> EMPTY_IS_DEFAULT =
      Set.of(
          "listen-peer-urls",
          "listen-client-urls",
          "listen-client-http-urls",
          "listen-metrics-urls",
          "initial-advertise-peer-urls",
          "advertise-client-urls",
          "initial-cluster-state",
          "cors",
          "host-whitelist",
          "feature-gates",
          "tls-min-version",
          "auto-compaction-retention",
          "metrics",
          "log-outputs",
          "log-level",
          "log-format");

  /** Where etcd takes zero for a key that is missing. */
  private static final String ZERO_IS_DEFAULT = "self-signed-cert-validity";

  private static final Set<String> YES = Set.of("yes", "on", "y");
  private static final Set<String> NO = Set.of("no", "off", "n");

  /** A number counts nanoseconds: one below this was hardly meant to. */
  private static final long FEWEST_NANOS = 1_000_000;

  private final String path;
  private final YamlMapping file;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();

  private ConfigFile(String path) {
    this.path = path;
    this.file = YamlMapping.read(FLAG, path);
  }

  /**
   * Reads the file.
   *
   * @throws ConfigurationException if it cannot be read, is not a YAML mapping, or has a key that
   *     names no flag
   */
  static ConfigFile read(String path) {
    ConfigFile read = new ConfigFile(path);
    read.file.values().forEach((key, value) -> read.add(String.valueOf(key), value));
    return read;
  }

  /** By the flag's name, in the form they have on the command line. */
  Map<String, String> values() {
    return values;
  }

  /** Lines for the user. */
  List<String> warnings() {
    return warnings;
  }

  private void add(String key, @Nullable Object value) {
    Map<String, String> section = SECTIONS.get(key);
    if (key.equals(DISCOVERY) && value != null) {
      throw refusal(file.where(key) + ": " + Flags.NO_DISCOVERY);
    }
    if (section == null) {
      addFlag(key, key, value);
    } else if (value instanceof Map<?, ?> nested) {
      nested.forEach((name, setting) -> addNested(key, String.valueOf(name), setting));
    } else if (value != null) {
      throw refusal(file.where(key) + " must be a mapping, as cert-file: <file> below it");
    }
  }

  private void addNested(String section, String key, @Nullable Object value) {
    Map<String, String> names = SECTIONS.getOrDefault(section, Map.of());
    String name = names.getOrDefault(key, names.getOrDefault("", "") + key);
    String whole = section + "." + key;
    if (!SECTION_KEYS.contains(key)) {
      throw unknown(whole, key, SECTION_KEYS.stream().sorted().toList());
    }
    addFlag(name, whole, value);
  }

  private void addFlag(String name, String key, @Nullable Object value) {
    Flag flag = Flags.find(name);
    if (FORMER.contains(key)) {
      warnings.add(file.where(key) + " of " + path + " has no effect: etcd 3.7 does not have it");
    } else if (key.equals(FLAG)) {
      throw refusal(file.where(key) + " cannot name another file");
    } else if (flag == null) {
      throw unknown(
          key,
          key,
          Stream.concat(Flags.names().stream(), SECTIONS.keySet().stream().sorted()).toList());
    } else if (value instanceof Map<?, ?>) {
      throw refusal(file.where(key) + " must be a value, and is a mapping");
    } else if (value != null) {
      String text = text(flag, key, value);
      if (!isAsIfMissing(name, text)) {
        values.put(name, text);
      }
    }
  }

  private static boolean isAsIfMissing(String name, String text) {
    return text.isEmpty()
        ? EMPTY_IS_DEFAULT.contains(name)
        : text.equals("0") && name.equals(ZERO_IS_DEFAULT);
  }

  private ConfigurationException unknown(String where, String word, List<String> names) {
    List<String> useful =
        names.stream()
            .filter(name -> Flags.find(name) == null || Flags.get(name).isWorking())
            .toList();
    return refusal(
        "unknown key "
            + file.where(where)
            + Spelling.question("", Spelling.likely(word, names, useful)));
  }

  private ConfigurationException refusal(String reason) {
    return YamlMapping.refusal(FLAG, path, reason);
  }

  /** A duration without a unit counts nanoseconds, as in etcd. */
  private String text(Flag flag, String key, Object value) {
    if (value instanceof List<?> list) {
      return String.join(",", list.stream().map(String::valueOf).toList());
    }
    if (value instanceof Number number && flag.kind() == Flag.Kind.DURATION) {
      if (number.longValue() > 0 && number.longValue() < FEWEST_NANOS) {
        warnings.add(
            file.where(key)
                + " of "
                + path
                + " counts nanoseconds, as in etcd; write "
                + number
                + "s for seconds");
      }
      return number + "ns";
    }
    String text = String.valueOf(value);
    return flag.kind() == Flag.Kind.BOOLEAN ? bool(text) : text;
  }

  /** As in YAML 1.1, which etcd reads. */
  private static String bool(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (YES.contains(lower)) {
      return "true";
    }
    return NO.contains(lower) ? "false" : text;
  }
}
