package io.kvorum.rest;

import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.service.DirectAnswer;
import io.kvorum.support.Log;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes a large answer piece by piece, the next one when the client has taken the one before. A
 * client that does not read costs one piece, and no thread where there is a {@link DirectAnswer}.
 * Thread-safe.
 *
 * <p>An answer that fails after it has begun is broken off.
 *
 * <p>Held by: JsonRangeIT.
 */
final class PiecewiseAnswer {
  private static final Log LOG = Log.of(PiecewiseAnswer.class);

  /** Makes the pieces, one at a time. */
  interface Source {
    boolean hasMore();

    /** The next piece, after the one before was written. */
    CompletableFuture<JsonBuffer> next();

    /** The client has gone: a piece that is being made is not wanted any more. */
    void abandon();

    /** Frees what the answer holds, when no piece is being made; may be called more than once. */
    void close();
  }

  private final AsyncContext async;
  private final Executor executor;
  private final Source source;

  // Guarded by this.
  private @Nullable AnswerOutput output;
  private @Nullable JsonBuffer piece;
  private boolean isReading;
  private boolean isOver;

  private PiecewiseAnswer(AsyncContext async, Executor executor, JsonBuffer first, Source source) {
    this.async = async;
    this.executor = executor;
    this.piece = first;
    this.source = source;
  }

  /**
   * Begins to answer; the caller must return to the container.
   *
   * @param direct null if there is no way past the container
   * @param executor writes; its threads may block if there is none
   */
  static void send(
      HttpServletRequest request,
      JsonBuffer first,
      Source source,
      @Nullable DirectAnswer direct,
      Executor executor) {
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    PiecewiseAnswer answer = new PiecewiseAnswer(async, executor, first, source);
    answer.begin((HttpServletResponse) async.getResponse(), direct);
  }

  private synchronized void begin(HttpServletResponse response, @Nullable DirectAnswer direct) {
    try {
      output = AnswerOutput.begin(response, direct, this::goOn, this::breakOff);
    } catch (IOException gone) {
      LOG.debug("the client of a large answer disconnected", gone);
      breakOff();
      return;
    }
    goOn();
  }

  private void goOn() {
    try {
      executor.execute(this::write);
    } catch (RejectedExecutionException noThread) {
      LOG.warning("no thread is left to write a large answer");
      breakOff();
    }
  }

  private synchronized void write() {
    AnswerOutput open = output;
    try {
      while (!isOver && open != null && open.isReady()) {
        JsonBuffer due = piece;
        if (due != null) {
          piece = null;
          due.writeTo(open::write);
        } else if (!source.hasMore()) {
          open.end();
          end();
        } else if (!isReadAtOnce()) {
          return;
        }
      }
    } catch (IOException gone) {
      LOG.debug("the client of a large answer disconnected", gone);
      end();
    }
  }

  /** Reads the next piece; false if it is not there yet, and writing goes on when it is. */
  private boolean isReadAtOnce() {
    if (isReading) {
      return false;
    }
    CompletableFuture<JsonBuffer> next;
    try {
      next = source.next();
    } catch (RuntimeException refused) {
      next = CompletableFuture.failedFuture(refused);
    }
    if (next.isDone()) {
      next.whenComplete(this::take);
      return true;
    }
    isReading = true;
    next.whenComplete(this::onRead);
    return false;
  }

  private void onRead(@Nullable JsonBuffer next, @Nullable Throwable failure) {
    synchronized (this) {
      isReading = false;
      if (isOver) {
        source.close();
        return;
      }
      take(next, failure);
    }
    goOn();
  }

  private synchronized void take(@Nullable JsonBuffer next, @Nullable Throwable failure) {
    piece = next;
    if (failure != null && !isOver) {
      LOG.debug("an answer that had begun could not be completed: {}", failure);
      end();
    }
  }

  private synchronized void breakOff() {
    end();
  }

  private void end() {
    if (isOver) {
      return;
    }
    isOver = true;
    piece = null;
    source.abandon();
    if (!isReading) {
      source.close();
    }
    try {
      async.complete();
    } catch (IllegalStateException e) {
      LOG.debug("the container had already completed the request", e);
    }
  }
}
