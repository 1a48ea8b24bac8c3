package io.kvorum.peer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How others stop a transfer that a worker is busy with. Thread-safe. */
final class PullControl {
  private @Nullable String stopReason;
  private @Nullable Runnable wakeUp;

  void stop(String reason) {
    Runnable running;
    synchronized (this) {
      if (stopReason != null) {
        return;
      }
      stopReason = reason;
      running = wakeUp;
      notifyAll();
    }
    if (running != null) {
      running.run();
    }
  }

  /**
   * Says what to do when it is stopped: wake up who waits for something else.
   *
   * @throws IOException if it has been stopped already
   */
  synchronized void attach(Runnable waker) throws IOException {
    checkWanted();
    wakeUp = waker;
  }

  synchronized void detach() {
    wakeUp = null;
  }

  synchronized void checkWanted() throws IOException {
    if (stopReason != null) {
      throw new IOException(stopReason);
    }
  }

  /** Waits for that time, or until it is stopped. */
  synchronized void pause(long nanos) throws IOException, InterruptedException {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      checkWanted();
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
    checkWanted();
  }
}
