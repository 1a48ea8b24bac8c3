package io.kvorum.service;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Lets time pass without a thread that waits for it. Thread-safe. */
public interface Scheduler {

  /** A clock that only goes forward, in nanoseconds. */
  long nanoTime();

  /**
   * Runs the task once, when so much time has passed, on a thread of its own choice.
   *
   * @param task short; must not block
   */
  void runAfter(Duration delay, Runnable task);

  /** Those of this machine. */
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
