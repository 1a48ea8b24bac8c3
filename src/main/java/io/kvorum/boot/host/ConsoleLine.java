package io.kvorum.boot.host;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Makes one line of text of a record: {@code 2026-11-20T09:41:22.123Z info DerbyWal: message}.
 * Thread-safe.
 *
 * <p>Held by: ProcessLogTest.
 */
final class ConsoleLine extends Formatter {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  @Override
  public String format(LogRecord record) {
    String logger = String.valueOf(record.getLoggerName());
    String line =
        TIME.format(record.getInstant())
            + " "
            + Levels.nameOf(record.getLevel())
            + " "
            + logger.substring(logger.lastIndexOf('.') + 1)
            + ": "
            + message(record);
    return line + thrown(record.getThrown());
  }

  private String message(LogRecord record) {
    return JsonLine.eventOf(record) == null ? formatMessage(record) : record.getMessage();
  }

  private static String thrown(@Nullable Throwable thrown) {
    if (thrown == null) {
      return "";
    }
    return ProcessLog.isDetailed()
        ? System.lineSeparator() + ProcessLog.stackTrace(thrown)
        : ": " + thrown;
  }
}
