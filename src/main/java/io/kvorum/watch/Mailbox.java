package io.kvorum.watch;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** What others want done on the hub thread, in order. Any thread posts, the hub thread polls. */
final class Mailbox {
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Doorbell doorbell;

  Mailbox(Doorbell doorbell) {
    this.doorbell = doorbell;
  }

  void post(Runnable task) {
    tasks.add(task);
    doorbell.ring();
  }

  @Nullable Runnable poll() {
    return tasks.poll();
  }

  boolean isEmpty() {
    return tasks.isEmpty();
  }
}
