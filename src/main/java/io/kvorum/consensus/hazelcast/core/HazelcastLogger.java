package io.kvorum.consensus.hazelcast.core;

import com.hazelcast.logging.AbstractLogger;
import com.hazelcast.logging.LogEvent;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes Hazelcast's log lines to our log. Its INFO and WARNING lines are about elections and
 * followers that lag: routine, so they become DEBUG, and {@code LeadershipWatch} reports the
 * outcome. A warning with an exception stays a warning, since routine has none. With SEVERE and an
 * exception Hazelcast reports what it caught and would carry on after: a bug or a broken disk,
 * which stops the member.
 *
 * <p>Thread-safe. Held by: HazelcastLoggerTest.
 */
final class HazelcastLogger extends AbstractLogger {
  private final System.Logger logger;
  private final FailureLatch failure;

  HazelcastLogger(System.Logger logger, FailureLatch failure) {
    this.logger = logger;
    this.failure = failure;
  }

  @Override
  public void log(Level level, String message) {
    logger.log(ours(level), message);
  }

  @Override
  public void log(Level level, String message, @Nullable Throwable thrown) {
    if (thrown != null && level.intValue() >= Level.SEVERE.intValue()) {
      // The reason why the member stops is logged once, elsewhere.
      logger.log(System.Logger.Level.DEBUG, message, thrown);
      failure.record(thrown);
    } else {
      logger.log(thrown == null ? ours(level) : severityOfFailure(level), message, thrown);
    }
  }

  @Override
  public void log(LogEvent event) {
    LogRecord entry = event.getLogRecord();
    log(entry.getLevel(), entry.getMessage(), entry.getThrown());
  }

  @Override
  public Level getLevel() {
    for (Level level : new Level[] {Level.FINEST, Level.FINE, Level.INFO, Level.WARNING}) {
      if (isLoggable(level)) {
        return level;
      }
    }
    return Level.SEVERE;
  }

  @Override
  public boolean isLoggable(Level level) {
    return logger.isLoggable(ours(level));
  }

  private static System.Logger.Level severityOfFailure(Level level) {
    return level.intValue() >= Level.WARNING.intValue() ? System.Logger.Level.WARNING : ours(level);
  }

  private static System.Logger.Level ours(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return System.Logger.Level.ERROR;
    }
    return value >= Level.INFO.intValue() ? System.Logger.Level.DEBUG : System.Logger.Level.TRACE;
  }
}
