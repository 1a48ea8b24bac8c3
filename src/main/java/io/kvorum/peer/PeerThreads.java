package io.kvorum.peer;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Names threads. */
final class PeerThreads {
  private PeerThreads() {}

  static ThreadFactory named(String job) {
    AtomicInteger numbers = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "kvorum-peer-" + job + "-" + numbers.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
