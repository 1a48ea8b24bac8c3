package io.kvorum.support;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Warns of what may happen very often: of a few events per second, on another thread than that of
 * the caller. If some were left out, the next one that is logged is followed by their number.
 * Thread-safe; does not block.
 *
 * <p>Held by: RareLogTest.
 */
public final class RareLog {
  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Log log;
  private final int mostPerSecond;
  private final Executor executor;
  private final LongSupplier nanoTime;

  private long periodNanos;
  private int logged;
  private long leftOut;

  /**
   * @param executor makes and writes the lines
   */
  public RareLog(Log log, int mostPerSecond, Executor executor, LongSupplier nanoTime) {
    this.log = log;
    this.mostPerSecond = mostPerSecond;
    this.executor = executor;
    this.nanoTime = nanoTime;
    this.periodNanos = nanoTime.getAsLong();
  }

  /**
   * @param event makes it, unless it is left out
   */
  public void warning(Supplier<LogEvent> event) {
    long missing = admit();
    if (missing < 0) {
      return;
    }
    executor.execute(
        () -> {
          log.warning(event.get());
          if (missing > 0) {
            log.warning(LogEvent.of("more of these were left out", "count", missing));
          }
        });
  }

  /** How many were left out before this one; negative if it is left out itself. */
  private synchronized long admit() {
    long now = nanoTime.getAsLong();
    if (now - periodNanos >= PERIOD_NANOS) {
      periodNanos = now;
      logged = 0;
    }
    if (logged == mostPerSecond) {
      leftOut++;
      return -1;
    }
    logged++;
    long missing = leftOut;
    leftOut = 0;
    return missing;
  }
}
