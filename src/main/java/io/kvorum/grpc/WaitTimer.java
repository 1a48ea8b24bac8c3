package io.kvorum.grpc;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Limits how long a connection waits for its client, for one thing at a time. Waits that end in
 * time, however many, cost one task of the event loop now and then. Confined to the event loop.
 *
 * <p>Held by: HttpLimitsTest.
 */
final class WaitTimer {
  private final EventLoop loop;
  private long deadlineNanos;
  private long wakeNanos;
  private @Nullable Runnable onTimeout;
  private @Nullable ScheduledFuture<?> task;

  WaitTimer(EventLoop loop) {
    this.loop = loop;
  }

  boolean isRunning() {
    return onTimeout != null;
  }

  /** Begins a wait in place of the one that runs, if any. */
  void begin(Duration limit, Runnable action) {
    deadlineNanos = System.nanoTime() + limit.toNanos();
    onTimeout = action;
    ScheduledFuture<?> scheduled = task;
    if (scheduled != null && wakeNanos - deadlineNanos > 0) {
      scheduled.cancel(false);
      scheduled = null;
    }
    if (scheduled == null) {
      schedule();
    }
  }

  /** The wait is over. */
  void end() {
    onTimeout = null;
  }

  /** Ends with the connection. */
  void close() {
    onTimeout = null;
    ScheduledFuture<?> scheduled = task;
    if (scheduled != null) {
      scheduled.cancel(false);
    }
  }

  private void schedule() {
    wakeNanos = deadlineNanos;
    task = loop.schedule(this::wake, deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  private void wake() {
    task = null;
    Runnable action = onTimeout;
    if (action == null) {
      return;
    }
    if (System.nanoTime() - deadlineNanos < 0) {
      schedule();
      return;
    }
    onTimeout = null;
    action.run();
  }
}
