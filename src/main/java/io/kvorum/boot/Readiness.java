package io.kvorum.boot;

import io.kvorum.service.Scheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Decides when clients are served: when the member has recovered and knows a leader, or some time
 * after it has recovered without one, so that the survivor of a lost majority can still be asked
 * for what it has. Thread-safe.
 */
final class Readiness {
  /** Long enough for one election and a retry. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Runnable serve;
  private final Scheduler scheduler;
  private final CompletableFuture<Void> serving = new CompletableFuture<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();

  // Under the lock.
  private boolean hasRecovered;
  private boolean hasLeader;
  private boolean isServing;
  private boolean isOver;

  /**
   * @param serve opens the member to clients; called once, must not block
   */
  Readiness(Runnable serve, Scheduler scheduler) {
    this.serve = serve;
    this.scheduler = scheduler;
  }

  /**
   * Completes, on a thread of the common pool, when clients are served and a leader is known; is
   * cancelled if the member stops before.
   */
  CompletableFuture<Void> whenReady() {
    return ready;
  }

  /** The member has applied what it knows to be committed. */
  void recovered() {
    synchronized (this) {
      hasRecovered = true;
    }
    scheduler.runAfter(PATIENCE, this::serveWithoutLeader);
    advance();
  }

  /** There is a leader, or none any more; may be called before the member has recovered. */
  void leaderChanged(boolean isKnown) {
    synchronized (this) {
      hasLeader = isKnown;
    }
    advance();
  }

  /** The member stops: nothing that has not happened yet happens. */
  void end() {
    synchronized (this) {
      isOver = true;
    }
    ready.cancel(false);
  }

  private void advance() {
    boolean isReady;
    synchronized (this) {
      isReady = hasRecovered && hasLeader && !isOver;
    }
    if (isReady) {
      serveOnce();
      serving.thenRunAsync(() -> ready.complete(null));
    }
  }

  private void serveWithoutLeader() {
    synchronized (this) {
      if (isOver) {
        return;
      }
    }
    serveOnce();
  }

  private void serveOnce() {
    synchronized (this) {
      if (isServing) {
        return;
      }
      isServing = true;
    }
    serve.run();
    serving.complete(null);
  }
}
