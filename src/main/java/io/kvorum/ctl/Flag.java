package io.kvorum.ctl;

/**
 * A flag of the command line.
 *
 * @param name without dashes
 * @param letter its short form, or empty
 * @param preset the value where it is not given
 * @param help what it does
 */
record Flag(String name, String letter, Kind kind, String preset, String help) {
  /** What its value is; the label stands for it in the help. */
  enum Kind {
    TEXT("string"),
    TEXTS("strings"),
    INTEGER("int"),
    DURATION("duration"),
    BOOLEAN("");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  static Flag text(String name, String preset, String help) {
    return new Flag(name, "", Kind.TEXT, preset, help);
  }

  static Flag integer(String name, String preset, String help) {
    return new Flag(name, "", Kind.INTEGER, preset, help);
  }

  static Flag duration(String name, String preset, String help) {
    return new Flag(name, "", Kind.DURATION, preset, help);
  }

  static Flag bool(String name, boolean preset, String help) {
    return new Flag(name, "", Kind.BOOLEAN, Boolean.toString(preset), help);
  }

  /** The variable with the same meaning, if it is a global flag. */
  String variable() {
    return GlobalFlags.VARIABLES + name.toUpperCase(java.util.Locale.ROOT).replace('-', '_');
  }
}
