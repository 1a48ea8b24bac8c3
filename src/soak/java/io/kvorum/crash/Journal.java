package io.kvorum.crash;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Records what the clients of one life of the server tried, and the answers. Thread-safe. */
final class Journal {

  /** A write with the revision that its answer named, 0 if it changed no key. */
  record Acknowledged(Write write, long revision) {}

  private final List<Acknowledged> acknowledged = new ArrayList<>();
  private final List<Write> unanswered = new ArrayList<>();

  synchronized void acknowledged(Write write, long revision) {
    acknowledged.add(new Acknowledged(write, revision));
    notifyAll();
  }

  /** Waits until that many writes are acknowledged; false if they are not in time. */
  synchronized boolean awaitAcknowledged(int count, Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    long left = atMost.toMillis();
    while (acknowledged.size() < count && left > 0) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    return acknowledged.size() >= count;
  }

  /** The write got no answer, or an answer that leaves open whether it happened. */
  synchronized void unanswered(Write write) {
    unanswered.add(write);
  }

  synchronized List<Acknowledged> acknowledged() {
    return List.copyOf(acknowledged);
  }

  synchronized List<Write> unanswered() {
    return List.copyOf(unanswered);
  }
}
