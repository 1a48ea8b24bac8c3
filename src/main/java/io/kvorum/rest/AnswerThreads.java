package io.kvorum.rest;

import io.kvorum.support.Threads;
import jakarta.annotation.PreDestroy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Writes answers whose results came after the request's own thread had returned. Thread-safe.
 *
 * <p>Services complete their futures on the Raft thread, which must not write to a client: a client
 * that does not read would stall all others.
 *
 * <p>Held by: JsonKvIT, JsonLeaseIT.
 */
@ApplicationSingleton
public final class AnswerThreads implements Executor {
  private static final int MAX_THREADS = 256;

  private final ExecutorService executor =
      new ThreadPoolExecutor(
          0,
          MAX_THREADS,
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Threads.numberedDaemons("kvorum-answer"));

  /**
   * Maps a result to its answer, and passes on a failure; on the caller's thread if the result is
   * there already.
   */
  <R, M> CompletionStage<M> answer(CompletableFuture<R> result, Function<R, M> toMessage) {
    if (result.isDone()) {
      return result.thenApply(toMessage);
    }
    // Not thenApplyAsync, which passes a failure on without the executor.
    return result
        .handleAsync((value, failure) -> result.thenApply(toMessage), executor)
        .thenCompose(answered -> answered);
  }

  /** Runs a task that may block. */
  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  @PreDestroy
  void close() {
    executor.shutdown();
  }
}
