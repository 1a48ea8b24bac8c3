package io.kvorum.rest;

import jakarta.annotation.PreDestroy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Where answers are written that came after the request's own thread had left. Thread-safe.
 *
 * <p>Services complete their futures on the engine thread, which must not write to a client: a
 * client that does not read would hold up everybody.
 */
@ApplicationSingleton
public final class AnswerThreads {
  private static final int MAX_THREADS = 256;

  private final AtomicInteger count = new AtomicInteger();
  private final ExecutorService executor =
      new ThreadPoolExecutor(
          0, MAX_THREADS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), this::newThread);

  /** The answer to send once the result is there; on the caller's thread if it is already. */
  <R, M> CompletionStage<M> answer(CompletableFuture<R> result, Function<R, M> toMessage) {
    return result.isDone()
        ? result.thenApply(toMessage)
        : result.thenApplyAsync(toMessage, executor);
  }

  private Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "kvorum-answer-" + count.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  @PreDestroy
  void close() {
    executor.shutdown();
  }
}
