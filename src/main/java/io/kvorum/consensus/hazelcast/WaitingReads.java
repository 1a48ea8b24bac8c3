package io.kvorum.consensus.hazelcast;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/**
 * Reads of this member: first they wait for a round that confirms an index, then until that index
 * is applied here.
 *
 * <pre>
 *   enqueue ── take ── confirm(index) ── applied(index): done
 *      ^________ giveBack
 * </pre>
 *
 * <p>Many threads enqueue; the engine thread does the rest, but for what says otherwise. The
 * monitor is taken once for a round, not for a read; nothing is completed under it.
 */
final class WaitingReads {
  private static final int CHUNK = 1_024;

  private static final class Read extends CompletableFuture<Void> {
    private final long madeNanos;
    private long index;

    private Read(long madeNanos) {
      this.madeNanos = madeNanos;
    }
  }

  private final LoopRunner runner;
  private final MpscUnboundedAtomicArrayQueue<Read> queue =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK);

  // Changed by the engine thread alone while it runs, and under the monitor, for those who look.
  private final List<Read> givenBack = new ArrayList<>();
  private final List<Read> underWay = new ArrayList<>();
  private final PriorityQueue<Read> confirmed =
      new PriorityQueue<>((a, b) -> Long.compare(a.index, b.index));

  WaitingReads(LoopRunner runner) {
    this.runner = runner;
  }

  /** Any thread. */
  CompletableFuture<Void> enqueue() {
    Read read = new Read(runner.nanoTime());
    queue.offer(read);
    return read;
  }

  /** Whether any wait for a round to begin. */
  boolean wantRound() {
    return !queue.isEmpty() || !givenBack.isEmpty();
  }

  boolean isEmpty() {
    return !wantRound() && underWay.isEmpty() && confirmed.isEmpty();
  }

  /** A round begins for all that wait; there is one at a time. */
  synchronized void take() {
    underWay.addAll(givenBack);
    givenBack.clear();
    queue.drain(underWay::add);
  }

  /** The round came to nothing. */
  synchronized void giveBack() {
    givenBack.addAll(underWay);
    underWay.clear();
  }

  /** The round has confirmed the index. */
  synchronized void confirm(long index) {
    for (Read read : underWay) {
      read.index = index;
      confirmed.add(read);
    }
    underWay.clear();
  }

  /** Everything up to that index is visible to local reads. */
  void applied(long index) {
    Read next = confirmed.peek();
    if (next == null || next.index > index) {
      return;
    }
    List<Read> done = new ArrayList<>();
    synchronized (this) {
      while (next != null && next.index <= index) {
        done.add(confirmed.remove());
        next = confirmed.peek();
      }
    }
    done.forEach(read -> read.complete(null));
  }

  /** Fails those made before {@code madeNanos}. */
  void expire(long madeNanos) {
    List<Read> late = new ArrayList<>();
    synchronized (this) {
      queue.drain(givenBack::add);
      for (var reads : List.of(givenBack, underWay, confirmed)) {
        reads.removeIf(read -> read.madeNanos - madeNanos < 0 && late.add(read));
      }
    }
    fail(late, ErrorCode.TIMEOUT);
  }

  /**
   * Fails all, while the disk keeps the engine thread, which finds them done when it comes back.
   * Any thread.
   */
  void timeOutAll() {
    List<Read> all = new ArrayList<>();
    synchronized (this) {
      queue.drain(all::add);
      all.addAll(givenBack);
      all.addAll(underWay);
      all.addAll(confirmed);
    }
    fail(all, ErrorCode.TIMEOUT);
  }

  /** Fails all. Any thread, but only when no engine thread begins rounds any more. */
  void failAll(ErrorCode code) {
    List<Read> all = new ArrayList<>();
    synchronized (this) {
      queue.drain(all::add);
      for (var reads : List.of(givenBack, underWay, confirmed)) {
        all.addAll(reads);
        reads.clear();
      }
    }
    fail(all, code);
  }

  private static void fail(List<Read> reads, ErrorCode code) {
    if (!reads.isEmpty()) {
      RequestException reason = new RequestException(code);
      reads.forEach(read -> read.completeExceptionally(reason));
    }
  }
}
