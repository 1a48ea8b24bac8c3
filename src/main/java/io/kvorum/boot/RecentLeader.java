package io.kvorum.boot;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Decides whether the open streams of clients that require a leader may stay: until there has been
 * none for some time, so that an ordinary election closes no stream. Thread-safe.
 *
 * <p>Held by: RecentLeaderTest.
 */
final class RecentLeader implements BooleanSupplier {
  private final BooleanSupplier hasLeader;
  private final long patienceNanos;
  private final LongSupplier nanoClock;
  private final AtomicLong seenNanos;

  RecentLeader(BooleanSupplier hasLeader, Duration patience, LongSupplier nanoClock) {
    this.hasLeader = hasLeader;
    this.patienceNanos = patience.toNanos();
    this.nanoClock = nanoClock;
    this.seenNanos = new AtomicLong(nanoClock.getAsLong() - patienceNanos);
  }

  /** To be called regularly: a leader that comes and goes between two calls is not seen. */
  @Override
  public boolean getAsBoolean() {
    long now = nanoClock.getAsLong();
    if (hasLeader.getAsBoolean()) {
      seenNanos.set(now);
      return true;
    }
    return now - seenNanos.get() < patienceNanos;
  }
}
