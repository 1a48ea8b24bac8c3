package io.kvorum.testing;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Polls for what another thread or process is about to do. Stateless. */
public final class Await {
  private static final long MILLIS_BETWEEN_QUESTIONS = 20;
  private static final long SECONDS_FOR_AN_ELEMENT = 20;

  private Await() {}

  /**
   * Asks until the answer is yes. A question that fails is asked again.
   *
   * @throws AssertionError if there was no yes in time, with the last failure as its cause
   */
  public static void until(String what, Duration atMost, Callable<Boolean> question) {
    answer(
        what,
        atMost,
        () -> {
          if (!question.call()) {
            throw new AssertionError("not yet");
          }
          return true;
        });
  }

  /**
   * Asks until there is an answer. A question that fails is asked again.
   *
   * @throws AssertionError if there was no answer in time, with the last failure as its cause
   */
  public static <T> T answer(String what, Duration atMost, Callable<T> question) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (true) {
      try {
        return question.call();
      } catch (Exception | AssertionError e) {
        if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
          throw new AssertionError("not within " + atMost + ": " + what + ": " + e.getMessage(), e);
        }
      }
      Pause.of(MILLIS_BETWEEN_QUESTIONS);
    }
  }

  /**
   * Waits for the next element.
   *
   * @throws AssertionError if there was none within 20 s
   */
  public static <T> T next(BlockingQueue<T> queue) {
    try {
      T next = queue.poll(SECONDS_FOR_AN_ELEMENT, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing within " + SECONDS_FOR_AN_ELEMENT + " s");
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
