package io.kvorum.consensus.hazelcast;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs the engine on a thread of its own, which parks when there is nothing to do.
 *
 * <p>Nobody is missed: who brings work writes it and then reads {@code parked}; the thread writes
 * {@code parked} and then looks for work. Both are volatile accesses, so one of them sees the
 * other.
 */
final class RaftThread implements LoopRunner {
  private static final System.Logger LOG = System.getLogger(RaftThread.class.getName());
  private static final long WARN_EVERY_MILLIS = 10_000;

  private final AtomicBoolean parked = new AtomicBoolean();
  private volatile @Nullable Thread thread;

  @Override
  public void start(Rounds rounds) {
    Thread engine = new Thread(() -> run(rounds), "kvorum-raft");
    engine.setDaemon(true);
    thread = engine;
    engine.start();
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
      LOG.log(System.Logger.Level.WARNING, "the engine thread was interrupted, and goes on");
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
    Thread engine = thread;
    if (engine == null || isRaftThread()) {
      return;
    }
    boolean interrupted = false;
    while (engine.isAlive()) {
      try {
        engine.join(WARN_EVERY_MILLIS);
        if (engine.isAlive()) {
          LOG.log(System.Logger.Level.WARNING, "still waiting for the engine thread to finish");
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
