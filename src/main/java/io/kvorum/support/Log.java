package io.kvorum.support;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Writes one class's log lines over {@link System.Logger}. Thread-safe.
 *
 * <p>Each {@code {}} of a message stands for the next argument, as {@link String#valueOf(Object)}
 * writes it: numbers have no thousands separators, and an apostrophe is an apostrophe. A {@link
 * Throwable} that is the last argument, and for which no {@code {}} is left, is logged as the
 * cause. Arguments are formatted only if the level is enabled.
 */
public final class Log {
  private static final String PLACEHOLDER = "{}";

  private final Logger logger;

  private Log(Logger logger) {
    this.logger = logger;
  }

  /** The log of this class, named after it. */
  public static Log of(Class<?> owner) {
    return new Log(System.getLogger(owner.getName()));
  }

  public void debug(String message, @Nullable Object... arguments) {
    log(Level.DEBUG, message, arguments);
  }

  public void info(String message, @Nullable Object... arguments) {
    log(Level.INFO, message, arguments);
  }

  public void warning(String message, @Nullable Object... arguments) {
    log(Level.WARNING, message, arguments);
  }

  /** For a line with named values. */
  public void warning(LogEvent event) {
    if (logger.isLoggable(Level.WARNING)) {
      logger.log(Level.WARNING, event.toString(), event);
    }
  }

  public void error(String message, @Nullable Object... arguments) {
    log(Level.ERROR, message, arguments);
  }

  /** For a level that the caller computes. */
  public void log(Level level, String message, @Nullable Object... arguments) {
    if (!logger.isLoggable(level)) {
      return;
    }
    StringBuilder line = new StringBuilder(message.length() + 16 * arguments.length);
    int used = 0;
    int from = 0;
    while (used < arguments.length) {
      int at = message.indexOf(PLACEHOLDER, from);
      if (at < 0) {
        break;
      }
      line.append(message, from, at).append(arguments[used++]);
      from = at + PLACEHOLDER.length();
    }
    line.append(message, from, message.length());
    boolean hasCause = used == arguments.length - 1 && arguments[used] instanceof Throwable;
    if (hasCause) {
      logger.log(level, line.toString(), (Throwable) arguments[used]);
    } else {
      logger.log(level, line.toString());
    }
  }
}
