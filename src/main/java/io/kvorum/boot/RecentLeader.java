package io.kvorum.boot;

import io.kvorum.consensus.Consensus;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Whether the open streams of clients that ask for a leader may stay: until it has been missed for
 * some time, so that an ordinary election disturbs none. Thread-safe.
 */
final class RecentLeader implements BooleanSupplier {
  private final Consensus consensus;
  private final long patienceNanos;
  private final LongSupplier nanoClock;
  private final AtomicLong seenNanos;

  RecentLeader(Consensus consensus, Duration patience, LongSupplier nanoClock) {
    this.consensus = consensus;
    this.patienceNanos = patience.toNanos();
    this.nanoClock = nanoClock;
    this.seenNanos = new AtomicLong(nanoClock.getAsLong() - patienceNanos);
  }

  /** To be asked now and then, or the time of missing is taken for longer than it was. */
  @Override
  public boolean getAsBoolean() {
    long now = nanoClock.getAsLong();
    if (consensus.status().hasLeader()) {
      seenNanos.set(now);
      return true;
    }
    return now - seenNanos.get() < patienceNanos;
  }
}
