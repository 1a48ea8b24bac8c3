package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.util.Set;

/**
 * The form of a flag's value.
 *
 * <p>Held by: FlagsTest.
 */
public enum FlagKind {
  TEXT("string"),
  INTEGER("int"),
  UNSIGNED("uint"),
  DURATION("duration"),
  BOOLEAN("bool"),
  URLS("URLs");

  private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");
  private static final Set<String> FALSE = Set.of("0", "f", "F", "FALSE", "false", "False");

  private final String label;

  FlagKind(String label) {
    this.label = label;
  }

  /** The name of the kind in the help text. */
  public String label() {
    return label;
  }

  static FlagKind ofLabel(String label) {
    for (FlagKind kind : values()) {
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
      case TEXT -> {}
      case INTEGER -> parseLong(value);
      case UNSIGNED -> parseUnsigned(value);
      case DURATION -> GoDuration.parse(value);
      case BOOLEAN -> parseBoolean(value);
      case URLS -> MemberUrl.parseList(value);
    }
  }

  static long parseLong(String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException("not a whole number", notANumber);
    }
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
