package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One flag of the command line. Immutable.
 *
 * <p>Held by: FlagsTest.
 *
 * @param name without leading dashes, as in {@code data-dir}
 * @param group the heading under which the help lists it
 * @param defaultValue as text; empty if there is none, or if it depends on other flags
 * @param reason why it does not work, and what to do instead; empty if it works
 */
public record Flag(
    String name,
    String group,
    Kind kind,
    String defaultValue,
    Status status,
    String help,
    String reason) {

  /** Prefix of the flags that etcd does not have. */
  private static final String OWN = "kvorum-";

  private static final String PRESET = "KVORUM_DEFAULT_";

  private static final int MOST_SHOWN = 200;

  /** How Kvorum treats the flag. */
  public enum Status {
    /** It works. */
    WORKS,
    /** It is accepted, with a warning: it tunes something that Kvorum does not have. */
    NO_EFFECT,
    /** Only its default is accepted: ignoring it could be harmful. */
    REFUSED
  }

  /** The form of a flag's value. */
  public enum Kind {
    TEXT("string"),
    INTEGER("int"),
    UNSIGNED("uint"),
    DURATION("duration"),
    BOOLEAN("bool"),
    URLS("URLs"),
    /** Of a flag that etcd has given up: anything after an equals sign, or nothing. */
    ANY("any");

    private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");
    private static final Set<String> FALSE = Set.of("0", "f", "F", "FALSE", "false", "False");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The name of the kind in the help text. */
    public String label() {
      return label;
    }

    static Kind ofLabel(String label) {
      for (Kind kind : values()) {
        if (kind.label.equals(label)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("no kind of flag is called " + label);
    }

    /**
     * Checks the form of a value.
     *
     * @throws IllegalArgumentException with the reason
     */
    void check(String value) {
      switch (this) {
        case TEXT, ANY -> {}
        case INTEGER -> parseLong(value);
        case UNSIGNED -> parseUnsigned(value);
        case DURATION -> GoDuration.parse(value);
        case BOOLEAN -> parseBoolean(value);
        case URLS -> MemberUrl.parseListForClients(value);
      }
    }

    static long parseLong(String value) {
      try {
        return Long.parseLong(value);
      } catch (NumberFormatException notANumber) {
        throw new IllegalArgumentException(notALong(value), notANumber);
      }
    }

    private static String notALong(String value) {
      if (!value.matches("[+-]?\\d+")) {
        return "not a whole number";
      }
      return value.startsWith("-") ? "must be at least -2^63" : "must be at most 2^63-1";
    }

    static long parseUnsigned(String value) {
      long number = parseLong(value);
      if (number < 0) {
        throw new IllegalArgumentException("must not be negative");
      }
      return number;
    }

    static boolean parseBoolean(String value) {
      if (TRUE.contains(value)) {
        return true;
      }
      if (FALSE.contains(value)) {
        return false;
      }
      throw new IllegalArgumentException("must be true or false");
    }
  }

  /** The property of MicroProfile Config that carries it: {@code kvorum.data-dir}. */
  public String property() {
    return name.startsWith(OWN) ? "kvorum." + name.substring(OWN.length()) : "kvorum." + name;
  }

  /** The environment variable that carries it: {@code ETCD_DATA_DIR}, {@code KVORUM_ADMIN_URL}. */
  public String environmentVariable() {
    return name.startsWith(OWN) ? upperCase(name) : "ETCD_" + upperCase(name);
  }

  /**
   * The environment variable of what counts where nothing else is set, as in an image: {@code
   * KVORUM_DEFAULT_DATA_DIR}, {@code KVORUM_DEFAULT_ADMIN_URL}.
   */
  public String presetVariable() {
    return PRESET + upperCase(name.startsWith(OWN) ? name.substring(OWN.length()) : name);
  }

  private static String upperCase(String name) {
    return name.toUpperCase(Locale.ROOT).replace('-', '_');
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
      throw refusal(value, wrong.getMessage() + Correction.of(this, value));
    }
  }

  /** What it does and, where it never does, why and what to do instead; in sentences. */
  public String description() {
    if (status == Status.WORKS) {
      return help;
    }
    String sentence = reason.substring(0, 1).toUpperCase(Locale.ROOT) + reason.substring(1);
    return help + " " + sentence + (sentence.endsWith(".") ? "" : ".");
  }

  /** Whether a value of it has its effect. */
  public boolean isWorking() {
    return status == Status.WORKS;
  }

  /** Whether a value is another one than the default, in whatever notation. */
  boolean differs(String value) {
    if (value.equals(defaultValue)) {
      return false;
    }
    return kind != Kind.BOOLEAN || Kind.parseBoolean(value) != Kind.parseBoolean(defaultValue);
  }

  /** The exception for an unacceptable value. */
  public ConfigurationException refusal(String value, @Nullable String reason) {
    return new ConfigurationException(words(value, reason));
  }

  /** The exception for a value that has the right form, but cannot be used. */
  ConfigurationException unusable(String value, String reason) {
    return new ConfigurationException(words(value, reason), ConfigurationException.UNUSABLE);
  }

  private String words(String value, @Nullable String reason) {
    return "invalid value \"" + shown(value) + "\" for flag --" + name + ": " + reason;
  }

  private String shown(String value) {
    if (name.endsWith("password")) {
      return "***";
    }
    return value.length() > MOST_SHOWN ? value.substring(0, MOST_SHOWN) + "..." : value;
  }
}
