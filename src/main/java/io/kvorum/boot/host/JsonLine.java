package io.kvorum.boot.host;

import io.kvorum.support.JsonText;
import io.kvorum.support.LogEvent;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Makes one line with a JSON object of a record, with the names that etcd's fields have: {@code
 * level}, {@code ts}, {@code caller}, {@code msg}, the values of a {@link LogEvent}, and {@code
 * error}; {@code stacktrace} as well, if it is an error or stack traces are wanted. Thread-safe.
 *
 * <p>Held by: ProcessLogTest.
 */
final class JsonLine extends Formatter {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  @Override
  public String format(LogRecord record) {
    StringBuilder line = new StringBuilder("{\"level\":\"");
    line.append(Levels.nameOf(record.getLevel()));
    line.append("\",\"ts\":\"").append(TIME.format(record.getInstant())).append('"');
    add(line, "caller", callerOf(String.valueOf(record.getLoggerName())));
    LogEvent event = eventOf(record);
    if (event == null) {
      add(line, "msg", String.valueOf(formatMessage(record)));
    } else {
      add(line, "msg", event.message());
      event.values().forEach((name, value) -> add(line, name, value));
    }
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      add(line, "error", thrown.toString());
      if (record.getLevel().intValue() >= Level.SEVERE.intValue() || ProcessLog.isDetailed()) {
        add(line, "stacktrace", ProcessLog.stackTrace(thrown));
      }
    }
    return line.append('}').toString();
  }

  private static void add(StringBuilder line, String name, Object value) {
    line.append(',').append(JsonText.quoted(name)).append(':');
    boolean isBare = value instanceof Number || value instanceof Boolean;
    line.append(isBare ? value : JsonText.quoted(String.valueOf(value)));
  }

  /** The last package and the class, as etcd names the directory and the file. */
  private static String callerOf(String logger) {
    int last = logger.lastIndexOf('.');
    int before = logger.lastIndexOf('.', last - 1);
    return last < 0
        ? logger
        : logger.substring(before + 1, last) + "/" + logger.substring(last + 1);
  }

  /** The values that a record comes with; null if it has none. */
  static @Nullable LogEvent eventOf(LogRecord record) {
    Object[] parameters = record.getParameters();
    return parameters != null && parameters.length == 1 && parameters[0] instanceof LogEvent event
        ? event
        : null;
  }
}
