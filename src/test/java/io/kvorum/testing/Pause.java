package io.kvorum.testing;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Lets time pass where passing time is the point: between faults, or between paced calls. */
public final class Pause {
  private Pause() {}

  /** Returns at that moment of {@link System#nanoTime}, or when the thread is interrupted. */
  public static void until(long nanos) {
    long left = nanos - System.nanoTime();
    while (left > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(left);
      left = nanos - System.nanoTime();
    }
  }

  /** Returns after that time, or when the thread is interrupted. */
  public static void of(long millis) {
    until(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
