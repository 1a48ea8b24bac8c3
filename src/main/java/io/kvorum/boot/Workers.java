package io.kvorum.boot;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Threads;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs reads that are large or touch the disk on a small pool of threads. Refuses what does not fit
 * its queue with TOO_MANY_REQUESTS, and everything with STOPPED once closed. Thread-safe.
 *
 * <p>Held by: WholeMemberTest.
 */
final class Workers implements Executor, AutoCloseable {
  private static final int QUEUE_CAPACITY = 10_000;

  private final ThreadPoolExecutor pool;

  Workers() {
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(QUEUE_CAPACITY),
            Threads.numberedDaemons("kvorum-worker"),
            (task, full) -> {
              throw new RequestException(
                  full.isShutdown() ? ErrorCode.STOPPED : ErrorCode.TOO_MANY_REQUESTS);
            });
    pool.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable task) {
    pool.execute(task);
  }

  /** Lets running reads finish. */
  @Override
  public void close() {
    pool.shutdown();
  }
}
