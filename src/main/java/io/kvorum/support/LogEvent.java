package io.kvorum.support;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A line of the log with named values, which a log in JSON shows as fields beside the message.
 * Immutable.
 *
 * <p>Held by: ProcessLogTest.
 *
 * @param values in the order in which they are shown: numbers, booleans, or what is shown as text
 */
public record LogEvent(String message, Map<String, Object> values) {
  public LogEvent {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * @param namesAndValues in turn
   */
  public static LogEvent of(String message, Object... namesAndValues) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return new LogEvent(message, values);
  }

  /** {@code message: name value, name value}. */
  @Override
  public String toString() {
    return values.entrySet().stream()
        .map(value -> value.getKey() + " " + value.getValue())
        .collect(Collectors.joining(", ", message + ": ", ""));
  }
}
