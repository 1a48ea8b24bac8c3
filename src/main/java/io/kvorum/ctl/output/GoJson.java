package io.kvorum.ctl.output;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Builds a JSON object as Go's encoder writes a struct: in order, without blanks, and without the
 * fields that are empty, except for those that are written by {@link #raw}. Used by one thread.
 */
final class GoJson {
  private final StringBuilder text = new StringBuilder("{");

  /** Nothing if the value is empty. */
  GoJson text(String name, String value) {
    return value.isEmpty() ? this : raw(name, quoted(value));
  }

  /** Nothing if the value is 0. */
  GoJson unsigned(String name, long value) {
    return value == 0 ? this : raw(name, Long.toUnsignedString(value));
  }

  /** Nothing if the value is 0. */
  GoJson signed(String name, long value) {
    return value == 0 ? this : raw(name, Long.toString(value));
  }

  /** Nothing if the value is false. */
  GoJson flag(String name, boolean value) {
    return value ? raw(name, "true") : this;
  }

  /** Nothing if there are none. */
  GoJson texts(String name, List<String> values) {
    return values.isEmpty()
        ? this
        : array(name, values.stream().map(GoJson::quoted).collect(Collectors.toList()));
  }

  GoJson array(String name, List<String> elements) {
    return raw(name, "[" + String.join(",", elements) + "]");
  }

  /** A field whatever its value is. */
  GoJson raw(String name, String json) {
    if (text.length() > 1) {
      text.append(',');
    }
    text.append(quoted(name)).append(':').append(json);
    return this;
  }

  String done() {
    return text + "}";
  }

  /** A slice of Go, which is null when nothing was ever added to it. */
  static String slice(List<String> elements) {
    return elements.isEmpty() ? "null" : "[" + String.join(",", elements) + "]";
  }

  static String quoted(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case '\b' -> quoted.append("\\b");
        case '\f' -> quoted.append("\\f");
        case '<', '>', '&', '\u2028', '\u2029' -> quoted.append(escape(c));
        default -> quoted.append(c < ' ' ? escape(c) : String.valueOf(c));
      }
    }
    return quoted.append('"').toString();
  }

  private static String escape(char c) {
    return String.format("\\u%04x", (int) c);
  }
}
