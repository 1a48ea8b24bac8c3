package io.kvorum.auth;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Threads;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Hashes and compares passwords by bcrypt, on few threads that nothing else uses: what many
 * passwords cost, others do not wait for. Thread-safe.
 *
 * <p>Only so many passwords wait, and of these only a part from one address: any more are refused
 * with TOO_MANY_REQUESTS, at once and at no cost, so that who floods the member with logins keeps
 * out nobody but itself.
 *
 * <p>Held by: PasswordsTest.
 */
public final class Passwords implements AutoCloseable {
  public static final int MIN_COST = 4;
  public static final int DEFAULT_COST = 10;
  public static final int MAX_COST = 31;

  /** What bcrypt looks at of a password. */
  private static final int MAX_BYTES = 72;

  private static final int WAITING = 64;
  private static final int WAITING_PER_ADDRESS = WAITING / 4;

  private final ThreadPoolExecutor threads;
  private final int cost;

  /** How many passwords of each address are under way. Guarded by itself. */
  private final Map<Object, Integer> underWay = new HashMap<>();

  /**
   * @param cost the binary logarithm of the number of rounds, {@link #MIN_COST} to {@link
   *     #MAX_COST}
   */
  public Passwords(int cost) {
    this(cost, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  }

  Passwords(int cost, int threadCount) {
    this.cost = cost;
    threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> {
              Thread thread = Threads.daemon("kvorum-password", task);
              thread.setPriority(Thread.MIN_PRIORITY);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Hashes a new password.
   *
   * @param address of who gives it
   * @return the text of the hash, 60 bytes; fails with TOO_MANY_REQUESTS or PASSWORD_TOO_LONG
   */
  public CompletableFuture<Bytes> hash(String password, Object address) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_BYTES) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.PASSWORD_TOO_LONG));
    }
    return later(
        address,
        () ->
            Bytes.wrap(
                BCrypt.with(
                        BCrypt.Version.VERSION_2A,
                        new SecureRandom(),
                        LongPasswordStrategies.none())
                    .hash(cost, bytes)));
  }

  /**
   * Compares a password, its first 72 bytes, with a hash; false if that is none.
   *
   * @param address of who gives it
   * @return fails with TOO_MANY_REQUESTS
   */
  public CompletableFuture<Boolean> matches(String password, Bytes hash, Object address) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    byte[] compared = bytes.length > MAX_BYTES ? Arrays.copyOf(bytes, MAX_BYTES) : bytes;
    return hash.isEmpty()
        ? CompletableFuture.completedFuture(false)
        : later(
            address,
            () ->
                BCrypt.verifyer(BCrypt.Version.VERSION_2A, LongPasswordStrategies.none())
                    .verify(compared, hash.unsafeArray())
                    .verified);
  }

  private <T> CompletableFuture<T> later(Object address, Supplier<T> task) {
    if (!begins(address)) {
      return refused();
    }
    CompletableFuture<T> result;
    try {
      result = CompletableFuture.supplyAsync(task, threads);
    } catch (RejectedExecutionException full) {
      ended(address);
      return refused();
    }
    return result.whenComplete((value, failure) -> ended(address));
  }

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(new RequestException(ErrorCode.TOO_MANY_REQUESTS));
  }

  private boolean begins(Object address) {
    synchronized (underWay) {
      int count = underWay.getOrDefault(address, 0);
      if (count == WAITING_PER_ADDRESS) {
        return false;
      }
      underWay.put(address, count + 1);
      return true;
    }
  }

  private void ended(Object address) {
    synchronized (underWay) {
      underWay.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
