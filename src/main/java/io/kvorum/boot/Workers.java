package io.kvorum.boot;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The small pool for reads that are large or touch the disk. What does not fit its queue is turned
 * away with TOO_MANY_REQUESTS. Thread-safe.
 */
final class Workers implements Executor, AutoCloseable {
  private static final int QUEUE_CAPACITY = 10_000;

  private final AtomicInteger numbers = new AtomicInteger();
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
            this::newThread,
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

  /** Lets running reads end by themselves. */
  @Override
  public void close() {
    pool.shutdown();
  }

  private Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "kvorum-worker-" + numbers.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }
}
