package io.kvorum.boot.launcher;

import io.kvorum.boot.config.Launched;
import io.kvorum.boot.config.LogLevel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Kvorum's own log: under the launcher, lines of text on stderr, apart from Liberty's. In a foreign
 * Liberty the log is Liberty's, with the levels that its administrator set.
 */
public final class MemberLog {
  /** Held on to: java.util.logging forgets loggers, and with them their levels. */
  private static final Logger KVORUM = Logger.getLogger("io.kvorum");

  private MemberLog() {}

  /** To be called once, before anything else starts. */
  public static void open(LogLevel level) {
    if (!Launched.byLauncher()) {
      return;
    }
    KVORUM.setLevel(level.javaLevel());
    KVORUM.setUseParentHandlers(false);
    KVORUM.addHandler(new StandardError());
  }

  /** Whether stack traces are wanted. */
  static boolean isDetailed() {
    return KVORUM.isLoggable(Level.FINE);
  }

  static String stackTrace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  /** Writes past Liberty's capture of System.err. */
  private static final class StandardError extends Handler {
    StandardError() {
      setLevel(Level.ALL);
      setFormatter(new OneLine());
    }

    @Override
    public void publish(LogRecord record) {
      if (isLoggable(record)) {
        Console.log(getFormatter().format(record));
      }
    }

    @Override
    public void flush() {}

    /** At SIGTERM java.util.logging lets its handlers go, just when there is something to tell. */
    @Override
    public void close() {
      KVORUM.addHandler(this);
    }
  }

  /** {@code 2026-11-20T09:41:22.123Z info WalStore: message}. */
  static final class OneLine extends Formatter {
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final Map<Level, String> LEVELS =
        Map.of(Level.SEVERE, "error", Level.WARNING, "warn", Level.INFO, "info");

    @Override
    public String format(LogRecord record) {
      String logger = String.valueOf(record.getLoggerName());
      String line =
          TIME.format(record.getInstant())
              + " "
              + LEVELS.getOrDefault(record.getLevel(), "debug")
              + " "
              + logger.substring(logger.lastIndexOf('.') + 1)
              + ": "
              + formatMessage(record);
      return line + thrown(record.getThrown());
    }

    private static String thrown(@Nullable Throwable thrown) {
      if (thrown == null) {
        return "";
      }
      return isDetailed() ? System.lineSeparator() + stackTrace(thrown) : ": " + thrown;
    }
  }
}
