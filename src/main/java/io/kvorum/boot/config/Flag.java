package io.kvorum.boot.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One flag of the command line. Immutable.
 *
 * <p>Held by: FlagsTest.
 *
 * @param name without leading dashes, as in {@code data-dir}
 * @param group the heading under which the help lists it
 * @param defaultValue as text; empty if there is none, or if it depends on other flags
 */
public record Flag(
    String name, String group, FlagKind kind, String defaultValue, Status status, String help) {

  /** Prefix of the flags that etcd does not have. */
  private static final String OWN = "kvorum-";

  /** How Kvorum treats the flag. */
  public enum Status {
    /** It works. */
    WORKS,
    /** It is accepted, with a warning that it has no effect yet. */
    NOT_YET,
    /** Only its default is accepted: ignoring it could be harmful. */
    REFUSED
  }

  /** The property of MicroProfile Config that carries it: {@code kvorum.data-dir}. */
  public String property() {
    return name.startsWith(OWN) ? "kvorum." + name.substring(OWN.length()) : "kvorum." + name;
  }

  /** The environment variable that carries it: {@code ETCD_DATA_DIR}, {@code KVORUM_ADMIN_URL}. */
  public String environmentVariable() {
    String upper = name.toUpperCase(Locale.ROOT).replace('-', '_');
    return name.startsWith(OWN) ? upper : "ETCD_" + upper;
  }

  /**
   * Checks the form of a value.
   *
   * @throws ConfigurationException if it does not have the form of the flag's kind
   */
  public void check(String value) {
    try {
      kind.check(value);
    } catch (IllegalArgumentException wrong) {
      throw refusal(value, wrong.getMessage());
    }
  }

  /** The exception for an unacceptable value. */
  ConfigurationException refusal(String value, @Nullable String reason) {
    return new ConfigurationException(
        "invalid value \"" + value + "\" for flag --" + name + ": " + reason);
  }
}
