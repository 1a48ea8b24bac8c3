package io.kvorum.grpc;

import io.grpc.Attributes;
import io.grpc.ServerCall;
import io.netty.channel.EventLoop;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.MpscUnboundedArrayQueue;

/**
 * The way back to one event loop: what other threads want to have done there, such as answers to
 * requests. Thread-safe.
 *
 * <p>However much is put in while the loop is busy or still waking up, it takes one task, and so
 * one wake-up, to do it all: the engine completes hundreds of requests in one go.
 */
final class Outbox {
  /** Where a call finds the outbox of its connection's event loop. */
  private static final Attributes.Key<Outbox> KEY = Attributes.Key.create("kvorum-outbox");

  /** How much is done before other work of the loop gets its turn. */
  private static final int MAX_BATCH = 1024;

  private static final System.Logger LOG = System.getLogger(Outbox.class.getName());

  private final EventLoop loop;
  private final Queue<Runnable> waiting = new MpscUnboundedArrayQueue<>(1024);
  private final AtomicBoolean isScheduled = new AtomicBoolean();

  Outbox(EventLoop loop) {
    this.loop = loop;
  }

  /** Adds this outbox to the attributes of a connection, whose calls will find it there. */
  Attributes addTo(Attributes connection) {
    return connection.toBuilder().set(KEY, this).build();
  }

  /** The outbox of the event loop that serves the call. */
  static Outbox of(ServerCall<?, ?> call) {
    Outbox outbox = call.getAttributes().get(KEY);
    if (outbox == null) {
      throw new IllegalStateException("the connection did not come through the port sniffer");
    }
    return outbox;
  }

  /** Has it run on the event loop, after everything that was put in before. Never runs it here. */
  void add(Runnable work) {
    waiting.add(work);
    schedule();
  }

  private void schedule() {
    if (!isScheduled.get() && isScheduled.compareAndSet(false, true)) {
      try {
        loop.execute(this::drain);
      } catch (RejectedExecutionException stopped) {
        // The loop ends after its last connection: there is nobody left to answer.
        LOG.log(System.Logger.Level.DEBUG, "an answer came after the end of its event loop");
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
        LOG.log(System.Logger.Level.ERROR, "bug: work on the event loop failed", failure);
      }
    }
    isScheduled.set(false);
    if (!waiting.isEmpty()) {
      schedule();
    }
  }
}
