package io.kvorum.mvcc;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Figures of the store, taken at one moment. Immutable. Counters run from the start of the process.
 *
 * @param allocatedBytes what the history takes on disk
 * @param heldBytes what it holds that is not compacted, as packed, and what is not written yet
 */
public record StoreStats(
    long revision,
    long compactedRevision,
    long keys,
    long puts,
    long deletes,
    long ranges,
    long txns,
    long events,
    long compactedKeys,
    long allocatedBytes,
    long heldBytes,
    long unwrittenBytes,
    long historyCommits,
    long historyCommitNanos) {
  /**
   * Counts what the store does. Every counter but {@link #ranges} has one thread that writes it, so
   * that counting costs no more than a plain store; any thread may read.
   */
  static final class Counters {
    final LongAdder ranges;

    final AtomicLong keys = new AtomicLong();
    final AtomicLong puts = new AtomicLong();
    final AtomicLong deletes = new AtomicLong();
    final AtomicLong txns = new AtomicLong();
    final AtomicLong events = new AtomicLong();
    final AtomicLong compactedKeys = new AtomicLong();
    final AtomicLong historyCommits = new AtomicLong();
    final AtomicLong historyCommitNanos = new AtomicLong();

    Counters() {
      this(new LongAdder());
    }

    private Counters(LongAdder ranges) {
      this.ranges = ranges;
    }

    /** Continues these counts for an instance with that many keys, with other writing threads. */
    Counters continuedWith(long livingKeys) {
      Counters next = new Counters(ranges);
      next.keys.setOpaque(livingKeys);
      next.puts.setOpaque(puts.getOpaque());
      next.deletes.setOpaque(deletes.getOpaque());
      next.txns.setOpaque(txns.getOpaque());
      next.events.setOpaque(events.getOpaque());
      next.compactedKeys.setOpaque(compactedKeys.getOpaque());
      next.historyCommits.setOpaque(historyCommits.getOpaque());
      next.historyCommitNanos.setOpaque(historyCommitNanos.getOpaque());
      return next;
    }

    /** Adds without a fence: for the one thread that writes this counter. */
    static void add(AtomicLong counter, long delta) {
      counter.setOpaque(counter.getPlain() + delta);
    }
  }
}
