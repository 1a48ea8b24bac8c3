package io.kvorum.peer;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counts the states that are sent and received. Thread-safe. */
final class TransferMeter {
  final Direction sending = new Direction();
  final Direction receiving = new Direction();

  PeerStats.Transfers stats() {
    return new PeerStats.Transfers(
        sending.done.sum(),
        sending.failed.sum(),
        sending.underWay.get(),
        receiving.done.sum(),
        receiving.failed.sum(),
        receiving.underWay.get());
  }

  /** One way of the two. */
  static final class Direction {
    private final LongAdder done = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicInteger underWay = new AtomicInteger();

    void begin() {
      underWay.incrementAndGet();
    }

    void end(boolean isDone) {
      underWay.decrementAndGet();
      (isDone ? done : failed).increment();
    }
  }
}
