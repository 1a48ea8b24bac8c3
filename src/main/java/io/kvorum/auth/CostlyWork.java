package io.kvorum.auth;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Threads;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Runs the arithmetic that clients can ask for before it is known who they are, on few threads that
 * nothing else uses: what much of it costs, others do not wait for. Thread-safe.
 *
 * <p>Only so much waits, and of that only a part from one address: any more is refused with
 * TOO_MANY_REQUESTS, at once and at no cost, so that who floods the member keeps out nobody but
 * itself.
 *
 * <p>Held by: PasswordsTest, VerifiedTokensTest.
 */
final class CostlyWork implements AutoCloseable {
  private final ThreadPoolExecutor threads;
  private final int mostPerAddress;

  /** How much of each client is under way. Guarded by its own lock. */
  private final Map<Object, Integer> underWay = new HashMap<>();

  /**
   * @param name of the threads
   * @param mostWaiting tasks
   * @param mostPerAddress tasks that wait or run
   */
  CostlyWork(String name, int threadCount, int mostWaiting, int mostPerAddress) {
    this.mostPerAddress = mostPerAddress;
    threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(mostWaiting),
            task -> {
              Thread thread = Threads.daemon(name, task);
              thread.setPriority(Thread.MIN_PRIORITY);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs a task when its turn comes.
   *
   * @param address of who asks for it, of which the {@link ClientNetwork} counts
   * @return fails with TOO_MANY_REQUESTS, and as the task does
   */
  <T> CompletableFuture<T> run(Object address, Supplier<T> task) {
    Object client = ClientNetwork.of(address);
    if (!begins(client)) {
      return refused();
    }
    CompletableFuture<T> result;
    try {
      result = CompletableFuture.supplyAsync(task, threads);
    } catch (RejectedExecutionException full) {
      ended(client);
      return refused();
    }
    return result.whenComplete((value, failure) -> ended(client));
  }

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(new RequestException(ErrorCode.TOO_MANY_REQUESTS));
  }

  private boolean begins(Object client) {
    synchronized (underWay) {
      int count = underWay.getOrDefault(client, 0);
      if (count == mostPerAddress) {
        return false;
      }
      underWay.put(client, count + 1);
      return true;
    }
  }

  private void ended(Object client) {
    synchronized (underWay) {
      underWay.computeIfPresent(client, (same, count) -> count == 1 ? null : count - 1);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
