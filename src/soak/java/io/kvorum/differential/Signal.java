package io.kvorum.differential;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The lock of one side, and the wait for what its server says next. Thread-safe. */
final class Signal {

  /** Changes what the lock guards, and wakes those who wait. */
  synchronized void change(Runnable change) {
    change.run();
    notifyAll();
  }

  synchronized <T> T read(Supplier<T> question) {
    return question.get();
  }

  /** Waits until it is so; false if it is not in time. */
  synchronized boolean await(Duration atMost, BooleanSupplier condition) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return false;
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
    return true;
  }
}
