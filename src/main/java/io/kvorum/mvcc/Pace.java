package io.kvorum.mvcc;

/**
 * Spreads steps over time: while there are writers, each is followed by a pause that is a multiple
 * of it, which leaves them their core. Confined to the history thread.
 *
 * <p>Held by: DefragmentationTest, PageCompactionTest.
 */
final class Pace {
  private static final long PAUSE_PER_STEP = 9;
  private static final long QUIET_NANOS = 1_000_000_000L;

  private long quietAtNanos = System.nanoTime();
  private long nextNanos = quietAtNanos;

  void wrote() {
    quietAtNanos = System.nanoTime() + QUIET_NANOS;
  }

  void stepped(long beganNanos) {
    long now = System.nanoTime();
    nextNanos = now + PAUSE_PER_STEP * (now - beganNanos);
  }

  /** 0 if it is due; the longest time if there is nothing to do. */
  long nanosToNextStep(boolean hasWork) {
    if (!hasWork) {
      return Long.MAX_VALUE;
    }
    long now = System.nanoTime();
    return now - quietAtNanos >= 0 ? 0 : Math.max(0, nextNanos - now);
  }
}
