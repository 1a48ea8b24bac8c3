package io.kvorum.peer.grpc.snapshot;

import io.kvorum.meter.Histogram;
import io.kvorum.peer.PeerStats;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the snapshots that are sent and received. Thread-safe.
 *
 * <p>Held by: PeerSnapshotTransferTest.
 */
public final class TransferMeter {
  public final Direction sending = new Direction();
  public final Direction receiving = new Direction();

  public PeerStats.Transfers stats() {
    return new PeerStats.Transfers(sending.stats(), receiving.stats());
  }

  /** Counts the transfers in one direction, by the other member. */
  static final class Direction {
    private final Map<Long, OtherEnd> ends = new ConcurrentSkipListMap<>(Long::compareUnsigned);

    /** The transfers to that member, or from it. */
    OtherEnd with(long memberId) {
      return ends.computeIfAbsent(memberId, id -> new OtherEnd());
    }

    private List<PeerStats.Transfer> stats() {
      return ends.entrySet().stream().map(end -> end.getValue().stats(end.getKey())).toList();
    }
  }

  /** Counts the transfers with one member in one direction. */
  static final class OtherEnd {
    private final LongAdder done = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong expectedBytes = new AtomicLong();
    private final Histogram durations = Histogram.ofTransfers();

    /** Begins an attempt, which the caller must end. */
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

  /** Counts one attempt. Confined to one thread. */
  static final class Attempt {
    private final OtherEnd end;
    private final long beganNanos = System.nanoTime();

    private Attempt(OtherEnd end) {
      this.end = end;
    }

    /** Sets how much there is to move. */
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
