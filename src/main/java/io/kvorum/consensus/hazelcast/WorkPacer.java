package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.StateMachine;
import java.util.concurrent.TimeUnit;

/**
 * Gives the state machine slices of the Raft thread: all of its time while there are no proposals,
 * otherwise a sixteenth. A proposal that arrives during a slice waits for it, so that one slice per
 * batch would double the latency of a single client.
 *
 * <p>Confined to the Raft thread. Held by: WorkPacerTest.
 */
final class WorkPacer {
  private static final int SHARE_UNDER_LOAD = 16;
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final StateMachine stateMachine;
  private final LoopRunner runner;
  private boolean everBusy;
  private boolean moreWaits;
  private long lastBatchNanos;
  private long nextSliceNanos;

  WorkPacer(StateMachine stateMachine, LoopRunner runner) {
    this.stateMachine = stateMachine;
    this.runner = runner;
    this.nextSliceNanos = runner.nanoTime();
  }

  /** A batch was applied. */
  void batchApplied() {
    everBusy = true;
    lastBatchNanos = runner.nanoTime();
  }

  /** Runs a slice, if one is due. */
  void run() {
    long start = runner.nanoTime();
    boolean quiet = !everBusy || start - lastBatchNanos > QUIET_NANOS;
    if (!quiet && start - nextSliceNanos < 0) {
      return;
    }
    moreWaits = stateMachine.workSlice();
    long end = runner.nanoTime();
    nextSliceNanos = end + (end - start) * (SHARE_UNDER_LOAD - 1);
  }

  /** How long the loop may rest: as given, or less if work waits. */
  long restNanos(long nanos) {
    if (!moreWaits) {
      return nanos;
    }
    long now = runner.nanoTime();
    long quietAt = everBusy ? lastBatchNanos + QUIET_NANOS + 1 : now;
    long next = Math.min(quietAt - now, nextSliceNanos - now);
    return Math.max(0, Math.min(nanos, next));
  }
}
