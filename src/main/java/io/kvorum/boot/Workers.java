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

  /** For the reads of clients: as many threads as there are cores, at least two. */
  Workers() {
    this("kvorum-worker", Math.max(2, Runtime.getRuntime().availableProcessors()));
  }

  /** Of another name, and number of threads. */
  Workers(String name, int threads) {
    pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(QUEUE_CAPACITY),
            Threads.numberedDaemons(name),
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
