package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs the Raft loop on a thread of its own, which parks when there is nothing to do.
 *
 * <p>No wake-up is lost: a producer writes its work, then reads {@code parked}; the thread writes
 * {@code parked}, then looks for work. Both are volatile accesses, so one of them sees the other.
 *
 * <p>Held by: RaftThreadTest.
 */
final class RaftThread implements LoopRunner {
  private static final Log LOG = Log.of(RaftThread.class);
  private static final long WARN_EVERY_MILLIS = 10_000;

  private final AtomicBoolean parked = new AtomicBoolean();
  private volatile @Nullable Thread thread;

  @Override
  public void start(Rounds rounds) {
    Thread raft = Threads.daemon("kvorum-raft", () -> run(rounds));
    thread = raft;
    raft.start();
  }

  private void run(Rounds rounds) {
    while (true) {
      long idleNanos = rounds.runRound();
      if (idleNanos == Rounds.FINISHED) {
        return;
      }
      if (idleNanos > 0) {
        park(rounds, idleNanos);
      }
    }
  }

  private void park(Rounds rounds, long nanos) {
    parked.set(true);
    if (!rounds.hasWork()) {
      LockSupport.parkNanos(this, nanos);
    }
    parked.set(false);
    if (Thread.interrupted()) {
      LOG.warning("ignored an interrupt of the Raft thread");
    }
  }

  @Override
  public void wake() {
    if (parked.get() && parked.compareAndSet(true, false)) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public boolean isRaftThread() {
    return Thread.currentThread() == thread;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void awaitFinished() {
    Thread raft = thread;
    if (raft == null || isRaftThread()) {
      return;
    }
    boolean interrupted = false;
    while (raft.isAlive()) {
      try {
        raft.join(WARN_EVERY_MILLIS);
        if (raft.isAlive()) {
          LOG.warning("still waiting for the Raft thread to finish");
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
