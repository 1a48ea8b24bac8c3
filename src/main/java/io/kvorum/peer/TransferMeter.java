package io.kvorum.peer;

import io.kvorum.meter.Histogram;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts the states that are sent and received. Thread-safe. */
final class TransferMeter {
  final Direction sending = new Direction();
  final Direction receiving = new Direction();

  PeerStats.Transfers stats() {
    return new PeerStats.Transfers(sending.stats(), receiving.stats());
  }

  /** One way of the two. */
  static final class Direction {
    private final Map<Long, OtherEnd> ends = new ConcurrentSkipListMap<>(Long::compareUnsigned);

    /** What goes to that member, or comes from it. */
    OtherEnd with(long memberId) {
      return ends.computeIfAbsent(memberId, id -> new OtherEnd());
    }

    private List<PeerStats.Transfer> stats() {
      return ends.entrySet().stream().map(end -> end.getValue().stats(end.getKey())).toList();
    }
  }

  /** The states that are exchanged with one member, one way. */
  static final class OtherEnd {
    private final LongAdder done = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong expectedBytes = new AtomicLong();
    private final Histogram durations = Histogram.ofTransfers();

    /** An attempt begins; whoever makes it ends it. */
    Attempt begin() {
      underWay.incrementAndGet();
      return new Attempt(this);
    }

    private PeerStats.Transfer stats(long memberId) {
      return new PeerStats.Transfer(
          memberId,
          done.sum(),
          failed.sum(),
          underWay.get(),
          bytes.get(),
          expectedBytes.get(),
          durations.snapshot());
    }
  }

  /** One attempt. One thread. */
  static final class Attempt {
    private final OtherEnd end;
    private final long beganNanos = System.nanoTime();

    private Attempt(OtherEnd end) {
      this.end = end;
    }

    /** How much there is to move is known now. */
    void expect(long bytes) {
      end.bytes.set(0);
      end.expectedBytes.set(bytes);
    }

    void moved(long bytes) {
      end.bytes.addAndGet(bytes);
    }

    void end(boolean isDone) {
      end.underWay.decrementAndGet();
      if (isDone) {
        end.done.increment();
        end.durations.record(System.nanoTime() - beganNanos);
      } else {
        end.failed.increment();
      }
    }
  }
}
