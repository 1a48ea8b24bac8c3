package io.kvorum.boot.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One flag of the command line.
 *
 * @param name without dashes in front, as in {@code data-dir}
 * @param group the heading under which the help lists it
 * @param defaultValue as text; empty if there is none, or if it depends on other flags
 */
public record Flag(
    String name, String group, FlagKind kind, String defaultValue, Status status, String help) {

  /** What Kvorum's own flags start with. */
  private static final String OWN = "kvorum-";

  /** How far Kvorum goes along with the flag. */
  public enum Status {
    /** It does what it says. */
    WORKS,
    /** It is accepted, with a warning that it has no effect yet. */
    NOT_YET,
    /** Only its default is accepted: without its effect the member would not be what was meant. */
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
   * @throws ConfigurationException if it has not the form that the flag wants
   */
  public void check(String value) {
    try {
      kind.check(value);
    } catch (IllegalArgumentException wrong) {
      throw refusal(value, wrong.getMessage());
    }
  }

  /** What to throw when a value is not acceptable. */
  ConfigurationException refusal(String value, @Nullable String reason) {
    return new ConfigurationException(
        "invalid value \"" + value + "\" for flag --" + name + ": " + reason);
  }
}
