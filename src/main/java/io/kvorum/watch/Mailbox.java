package io.kvorum.watch;

import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Queues tasks for the hub thread, which sleeps here while it has no work. Any thread posts and
 * rings, at next to no cost while the hub thread is awake; the hub thread polls and sleeps.
 *
 * <p>No wake-up is lost: a producer writes its work, then reads {@code asleep}; the hub thread
 * writes {@code asleep}, then looks for work. So one of them sees the other.
 *
 * <p>Held by: WatchHubThreadsTest.
 */
final class Mailbox {
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean asleep;
  private volatile @Nullable Thread sleeper;

  void post(Runnable task) {
    tasks.add(task);
    ring();
  }

  /** Wakes the hub thread for work that was written elsewhere before. */
  void ring() {
    // The work may have been written with release semantics only.
    VarHandle.fullFence();
    if (asleep) {
      asleep = false;
      LockSupport.unpark(sleeper);
    }
  }

  @Nullable Runnable poll() {
    return tasks.poll();
  }

  boolean isEmpty() {
    return tasks.isEmpty();
  }

  /** Sleeps until rung or until the time is up, or less; not at all if there is work. */
  void sleep(long maxNanos, BooleanSupplier hasWork) {
    sleeper = Thread.currentThread();
    asleep = true;
    if (!hasWork.getAsBoolean()) {
      LockSupport.parkNanos(this, maxNanos);
    }
    asleep = false;
  }
}
