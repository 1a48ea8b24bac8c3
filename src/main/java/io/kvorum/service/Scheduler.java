package io.kvorum.service;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs tasks later, without a thread that waits. Thread-safe. */
public interface Scheduler {

  /** A monotonic clock, in nanoseconds. */
  long nanoTime();

  /**
   * Runs the task once, after that delay, on any thread.
   *
   * @param task short; must not block
   */
  void runAfter(Duration delay, Runnable task);

  /** The system scheduler. */
  static Scheduler real() {
    return new Scheduler() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public void runAfter(Duration delay, Runnable task) {
        CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS).execute(task);
      }
    };
  }
}
