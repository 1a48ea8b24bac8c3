package io.kvorum.mvcc;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.history.CurrentHistory;
import io.kvorum.mvcc.history.HistoryMove;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Moves a store that is in use into a fresh history, in steps that the history thread takes between
 * its batches, and closes the former one. Until the fresh history is the current one it is nothing:
 * whatever ends the move earlier, the store is what it was.
 *
 * <p>Thread-safe are {@link #request}, {@link #cancel} and {@link #isPending}; the rest is confined
 * to the history thread.
 *
 * <p>Held by: DefragmentationTest.
 */
final class Defragmentation {
  private static final Log LOG = Log.of(Defragmentation.class);

  /** What the history thread knows. */
  interface Writer {
    /** Begins a move of the current history into another one. */
    HistoryMove moveTo(RevisionHistory target);

    /** Makes every compact revision that the index knows durable. */
    void makeCompactRevisionDurable() throws IOException;

    /** Completes the move with what is durable. */
    void complete(HistoryMove move) throws IOException;
  }

  /**
   * A move.
   *
   * @param created the fresh history; creating it takes too long for the history thread
   */
  private record Request(
      FreshHistory place,
      CompletableFuture<RevisionHistory> created,
      CompletableFuture<Void> done) {}

  private final CurrentHistory current;
  private final Writer writer;
  private final Runnable wakeHistoryThread;

  private @Nullable Request request;
  private boolean isStopped;
  private volatile boolean isCancelled;

  private @Nullable HistoryMove move;

  Defragmentation(CurrentHistory current, Writer writer, Runnable wakeHistoryThread) {
    this.current = current;
    this.writer = writer;
    this.wakeHistoryThread = wakeHistoryThread;
  }

  /** Joins the move that is under way, if there is one. */
  CompletableFuture<Void> request(FreshHistory place) {
    CompletableFuture<Void> done;
    synchronized (this) {
      if (isStopped) {
        return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED));
      }
      if (request == null) {
        request = new Request(place, new CompletableFuture<>(), new CompletableFuture<>());
        isCancelled = false;
        create(request);
      }
      done = request.done().copy();
    }
    return done;
  }

  private void create(Request asked) {
    Threads.daemon(
            "kvorum-history-opener",
            () -> {
              try {
                asked.created().complete(asked.place().create());
              } catch (IOException | RuntimeException e) {
                asked.created().completeExceptionally(e);
              }
              wakeHistoryThread.run();
            })
        .start();
  }

  /** Gives up the move; completes when nothing is left of it. */
  CompletableFuture<Void> cancel() {
    CompletableFuture<Void> ended;
    synchronized (this) {
      if (request == null) {
        return CompletableFuture.completedFuture(null);
      }
      isCancelled = true;
      ended = request.done().handle((done, failure) -> null);
    }
    wakeHistoryThread.run();
    return ended;
  }

  synchronized boolean isPending() {
    return request != null;
  }

  /**
   * Whether a step has something to do.
   *
   * @param mayReplace false while the pages of the current history are pinned
   */
  boolean hasWork(boolean mayReplace) {
    Request asked = request();
    if (asked == null || !asked.created().isDone()) {
      return false;
    }
    HistoryMove moving = move;
    return isCancelled || moving == null || !moving.hasCaughtUp() || mayReplace;
  }

  void noteDropped(long[] mains, int[] subs) {
    HistoryMove moving = move;
    if (moving != null) {
      moving.noteDropped(mains, subs);
    }
  }

  /**
   * Takes one step; the last one as soon as all is copied, since what comes between two steps has
   * to be copied too.
   *
   * @param mayReplace as in {@link #hasWork}
   * @throws IOException if it is unknown which history is the current one
   */
  void step(boolean mayReplace) throws IOException {
    Request asked = request();
    if (asked == null) {
      return;
    }
    try {
      if (isCancelled) {
        throw new CancellationException("the defragmentation was given up");
      }
      HistoryMove moving = move;
      if (moving == null) {
        move = writer.moveTo(asked.created().join());
        return;
      }
      if (!moving.hasCaughtUp()) {
        moving.step(true);
      }
      if (!moving.hasCaughtUp() || !mayReplace) {
        return;
      }
      finish(moving);
    } catch (IOException | RuntimeException failure) {
      abandon(asked, failure);
      return;
    }
    asked.place().makeCurrent();
    switchOver(asked);
  }

  private void finish(HistoryMove moving) throws IOException {
    writer.makeCompactRevisionDurable();
    while (!moving.hasCaughtUp()) {
      moving.step(false);
    }
    writer.complete(moving);
  }

  private void switchOver(Request asked) {
    RevisionHistory former = current.get();
    HistoryMove moved = move;
    if (moved != null) {
      moved.switchOver();
    }
    move = null;
    forget();
    Threads.daemon("kvorum-history-closer", () -> leave(former, asked)).start();
  }

  private void leave(RevisionHistory former, Request asked) {
    try {
      former.close();
      asked.place().deleteFormer();
    } catch (IOException | RuntimeException e) {
      LOG.warning("cannot delete the former history; the next start deletes it", e);
    }
    asked.done().complete(null);
  }

  /** What is still being created is discarded once it is. */
  private void abandon(Request asked, Exception cause) {
    move = null;
    asked
        .created()
        .whenComplete(
            (created, failure) -> {
              try {
                if (created != null) {
                  created.close();
                  asked.place().discard();
                }
              } catch (IOException | RuntimeException e) {
                cause.addSuppressed(e);
              }
              forget();
              asked.done().completeExceptionally(cause);
            });
  }

  private synchronized @Nullable Request request() {
    return request;
  }

  private synchronized void forget() {
    request = null;
  }

  /** The history thread has ended. */
  void stop() {
    Request asked;
    synchronized (this) {
      isStopped = true;
      asked = request;
    }
    if (asked != null) {
      abandon(asked, new RequestException(ErrorCode.STOPPED));
    }
  }
}
