package io.kvorum.crash;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Time that passes on purpose, and waiting for what only asking can tell. Thread-safe. */
final class Pause {

  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(20);

  private Pause() {}

  /** Lets time pass until that moment of {@link System#nanoTime}, or an interrupt. */
  static void until(long nanos) {
    long left = nanos - System.nanoTime();
    while (left > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(left);
      left = nanos - System.nanoTime();
    }
  }

  /** Lets time pass. */
  static void of(long millis) {
    until(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /**
   * Asks until the answer is yes. A question that fails is asked again.
   *
   * @throws AssertionError if it is not in time
   */
  static void untilTrue(String what, Duration atMost, Callable<Boolean> question) {
    long deadline = System.nanoTime() + atMost.toNanos();
    Exception last = null;
    while (true) {
      try {
        if (question.call()) {
          return;
        }
      } catch (Exception e) {
        last = e;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + atMost + ": " + what, last);
      }
      of(BETWEEN_QUESTIONS.toMillis());
    }
  }
}
