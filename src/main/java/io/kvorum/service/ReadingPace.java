package io.kvorum.service;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Spreads the reading of a whole store over time: while there are many writers, each step is
 * followed by a pause that is a multiple of it, which leaves them their core. Thread-safe.
 *
 * <p>Many writers are those who write more than a revision a millisecond: with fewer there is time
 * for both.
 */
final class ReadingPace {
  private static final long PAUSE_PER_STEP = 9;
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier revision;
  private final LongSupplier nanoClock;
  private long seenRevision;
  private long seenNanos;
  private long quietAtNanos;

  /**
   * @param revision of the store, now
   */
  ReadingPace(LongSupplier revision, LongSupplier nanoClock) {
    this.revision = revision;
    this.nanoClock = nanoClock;
    this.seenRevision = revision.getAsLong();
    this.seenNanos = nanoClock.getAsLong();
    this.quietAtNanos = seenNanos;
  }

  /** How long to pause after a step that began then and has just ended. */
  synchronized long pauseAfter(long beganNanos) {
    long now = nanoClock.getAsLong();
    long current = revision.getAsLong();
    if (current - seenRevision > TimeUnit.NANOSECONDS.toMillis(now - seenNanos)) {
      quietAtNanos = now + QUIET_NANOS;
    }
    seenRevision = current;
    seenNanos = now;
    return now - quietAtNanos < 0
        ? Math.min(LONGEST_PAUSE_NANOS, PAUSE_PER_STEP * (now - beganNanos))
        : 0;
  }
}
