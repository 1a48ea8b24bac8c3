package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.netty.channel.EventLoop;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.MpscUnboundedArrayQueue;

/**
 * Queues tasks of other threads, such as answers to requests, for one event loop. Thread-safe.
 *
 * <p>All tasks that are added while the loop is busy or still waking up are run by one task of the
 * loop, and so cost one wake-up: the Raft thread completes hundreds of requests at once.
 */
final class Outbox {
  /** How many tasks run before other work of the loop gets its turn. */
  private static final int MAX_BATCH = 1024;

  private static final Log LOG = Log.of(Outbox.class);

  private final EventLoop loop;
  private final Queue<Runnable> waiting = new MpscUnboundedArrayQueue<>(1024);
  private final AtomicBoolean isScheduled = new AtomicBoolean();

  Outbox(EventLoop loop) {
    this.loop = loop;
  }

  /** Runs the task on the event loop, after all tasks that were added before; never at once. */
  void add(Runnable work) {
    waiting.add(work);
    schedule();
  }

  private void schedule() {
    if (!isScheduled.get() && isScheduled.compareAndSet(false, true)) {
      try {
        loop.execute(this::drain);
      } catch (RejectedExecutionException stopped) {
        // The loop ends after its last connection, so there is no client left to answer.
        LOG.debug("dropped an answer that came after the end of its event loop");
      }
    }
  }

  private void drain() {
    for (int done = 0; done < MAX_BATCH; done++) {
      Runnable work = waiting.poll();
      if (work == null) {
        break;
      }
      try {
        work.run();
      } catch (RuntimeException | Error failure) {
        LOG.error("bug: a task on the event loop failed", failure);
      }
    }
    isScheduled.set(false);
    if (!waiting.isEmpty()) {
      schedule();
    }
  }
}
