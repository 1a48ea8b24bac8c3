package io.kvorum.load;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Tells the callers of one run when to count and when to stop. Thread-safe. */
final class RunControl {

  private final CountDownLatch stopped;
  private volatile boolean counting;
  private volatile boolean running = true;

  RunControl(int callers) {
    stopped = new CountDownLatch(callers);
  }

  boolean counting() {
    return counting;
  }

  boolean running() {
    return running;
  }

  void startCounting() {
    counting = true;
  }

  void stopCounting() {
    counting = false;
  }

  void stop() {
    running = false;
  }

  /** Each caller calls this once, when it has sent its last request. */
  void callerStopped() {
    stopped.countDown();
  }

  /** True if all callers stopped before the time was over. */
  boolean awaitCallers(Duration atMost) throws InterruptedException {
    return stopped.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }
}
