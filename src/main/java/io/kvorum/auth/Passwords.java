package io.kvorum.auth;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.IllegalBCryptFormatException;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Log;
import io.kvorum.support.LogEvent;
import io.kvorum.support.RareLog;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * Hashes and compares passwords by bcrypt, as {@link CostlyWork}. Thread-safe.
 *
 * <p>Held by: PasswordsTest.
 */
public final class Passwords implements AutoCloseable {
  public static final int MIN_COST = 4;
  public static final int DEFAULT_COST = 10;

  /**
   * A login of it takes seconds; one more doubles that, and at the 31 that bcrypt knows it would be
   * more than a day.
   */
  public static final int MAX_COST = 16;

  /** What bcrypt looks at of a password. */
  private static final int MAX_BYTES = 72;

  private static final Log LOG = Log.of(Passwords.class);

  private static final int WAITING = 64;
  private static final int WAITING_PER_ADDRESS = WAITING / 4;

  private final CostlyWork threads;
  private final int cost;

  /** On a thread for passwords. */
  private final RareLog rareLog = new RareLog(LOG, 1, Runnable::run, System::nanoTime);

  /**
   * @param cost the binary logarithm of the number of rounds, {@link #MIN_COST} to {@link
   *     #MAX_COST}
   */
  public Passwords(int cost) {
    this(cost, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  }

  Passwords(int cost, int threadCount) {
    this(cost, work(threadCount));
  }

  /**
   * @param threads closed with this
   */
  Passwords(int cost, CostlyWork threads) {
    this.cost = cost;
    this.threads = threads;
  }

  static CostlyWork work(int threadCount) {
    return new CostlyWork("kvorum-password", threadCount, WAITING, WAITING_PER_ADDRESS);
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
    return threads.run(
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
   * Compares a password, its first 72 bytes, with a hash; false if that is none, or has a cost of
   * more than {@link #MAX_COST}.
   *
   * @param address of who gives it
   * @return fails with TOO_MANY_REQUESTS
   */
  public CompletableFuture<Boolean> matches(String password, Bytes hash, Object address) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    byte[] compared = bytes.length > MAX_BYTES ? Arrays.copyOf(bytes, MAX_BYTES) : bytes;
    return hash.isEmpty()
        ? CompletableFuture.completedFuture(false)
        : threads.run(
            address,
            () ->
                isAffordable(hash)
                    && BCrypt.verifyer(BCrypt.Version.VERSION_2A, LongPasswordStrategies.none())
                        .verify(compared, hash.unsafeArray())
                        .verified);
  }

  private boolean isAffordable(Bytes hash) {
    int needed;
    try {
      needed = BCrypt.Version.VERSION_2A.parser.parse(hash.unsafeArray()).cost;
    } catch (IllegalBCryptFormatException none) {
      return false;
    }
    if (needed > MAX_COST) {
      rareLog.warning(
          () ->
              LogEvent.of(
                  "a login was refused: the user's password is hashed at a cost that would take"
                      + " this member too long; give the user a new password",
                  "cost",
                  needed,
                  "most",
                  MAX_COST));
    }
    return needed <= MAX_COST;
  }

  @Override
  public void close() {
    threads.close();
  }
}
