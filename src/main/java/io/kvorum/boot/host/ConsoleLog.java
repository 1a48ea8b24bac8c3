package io.kvorum.boot.host;

import io.kvorum.boot.config.LogLevel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes Kvorum's log as lines of text to stderr, apart from Liberty's, and among them what the
 * member's libraries warn of. Thread-safe.
 */
final class ConsoleLog {
  // Strong references: java.util.logging collects unused loggers, and their levels with them.
  private static final Logger KVORUM = Logger.getLogger("io.kvorum");
  private static final List<Logger> LIBRARIES =
      List.of(
          Logger.getLogger("io.grpc"),
          Logger.getLogger("io.netty"),
          Logger.getLogger("com.hazelcast"));

  private ConsoleLog() {}

  /** To be called once, before anything else starts. */
  static void open(LogLevel level) {
    Level own = level.javaLevel();
    write(KVORUM, own);
    for (Logger library : LIBRARIES) {
      write(library, own.intValue() > Level.WARNING.intValue() ? own : Level.WARNING);
    }
  }

  private static void write(Logger logger, Level level) {
    logger.setLevel(level);
    logger.setUseParentHandlers(false);
    logger.addHandler(new StandardError(logger, level));
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
    private final Logger logger;

    /**
     * @param level here, too: Liberty gives a level of its own to each logger that is made later
     */
    StandardError(Logger logger, Level level) {
      this.logger = logger;
      setLevel(level);
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

    /** At SIGTERM java.util.logging closes its handlers, but the stop has yet to be logged. */
    @Override
    public void close() {
      logger.addHandler(this);
    }
  }

  /** {@code 2026-11-20T09:41:22.123Z info DerbyWal: message}. */
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
