package io.kvorum.consensus.hazelcast;

import com.hazelcast.logging.AbstractLogger;
import com.hazelcast.logging.LogEvent;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * The engine's log lines in ours. What it calls INFO and WARNING is how Raft goes about elections
 * and followers that lag: routine, so it goes down to DEBUG, and {@link LeadershipWatch} tells what
 * came of it. Only a warning with an exception stays one, since no routine has that. SEVERE with an
 * exception is how it reports what it caught and would carry on after: that is a bug or a broken
 * disk, and stops the member.
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
      // Whoever stops the member tells why, once.
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
