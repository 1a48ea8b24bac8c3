package io.kvorum.consensus.hazelcast.core;

import io.kvorum.consensus.LoopRunner;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/**
 * Queues tasks for the Raft thread: at once, from any thread, or later, from the Raft thread. They
 * run in the order in which they were submitted or fall due.
 *
 * <p>Held by: SnapshotRequestsTest, RaftConsensusTest.
 */
public final class LoopTasks {
  private static final int CHUNK = 256;

  private record Timer(long deadlineNanos, long sequence, Runnable task)
      implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      long difference = deadlineNanos - other.deadlineNanos;
      return difference != 0 ? Long.signum(difference) : Long.compare(sequence, other.sequence);
    }
  }

  private final LoopRunner runner;
  private final FailureLatch failure;
  private final MpscUnboundedAtomicArrayQueue<Runnable> submitted =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK);
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long nextSequence;

  public LoopTasks(LoopRunner runner, FailureLatch failure) {
    this.runner = runner;
    this.failure = failure;
  }

  /** Runs the task in a later round, never in this call. Any thread. */
  public void submit(Runnable task) {
    submitted.offer(task);
    runner.wake();
  }

  /** Raft thread only. */
  public void schedule(Runnable task, long delay, TimeUnit unit) {
    long deadline = runner.nanoTime() + unit.toNanos(delay);
    timers.add(new Timer(deadline, nextSequence++, task));
  }

  public boolean hasSubmitted() {
    return !submitted.isEmpty();
  }

  /**
   * Runs what was submitted before this call and what is due, and stops at the first failure.
   *
   * @return whether there was anything
   */
  public boolean runDue() {
    boolean ran = false;
    for (int left = submitted.size(); left > 0 && !failure.isSet(); left--) {
      Runnable task = submitted.poll();
      if (task == null) {
        break;
      }
      task.run();
      ran = true;
    }
    long now = runner.nanoTime();
    Timer first = timers.peek();
    while (first != null && first.deadlineNanos() - now <= 0 && !failure.isSet()) {
      timers.remove();
      first.task().run();
      ran = true;
      first = timers.peek();
    }
    return ran;
  }

  /** At least 1. */
  public long nanosToNextTimer() {
    Timer first = timers.peek();
    return first == null
        ? TimeUnit.SECONDS.toNanos(1)
        : Math.max(1, first.deadlineNanos() - runner.nanoTime());
  }
}
