package io.kvorum.auth;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the tokens that entries of the log grant: 16 letters, a dot, and the index of the entry.
 * Every member keeps all of them, in memory, until they have not been used on this member for a
 * while. Thread-safe.
 *
 * <p>Only the member that was asked for a token, and its client, ever have its letters: the log and
 * this table have their SHA-256.
 *
 * <p>Held by: SimpleTokensTest.
 */
public final class SimpleTokens implements Tokens, Tokens.ByLog, AuthListener {
  public static final Duration DEFAULT_TTL = Duration.ofSeconds(300);

  private static final int LETTERS = 16;
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final long SWEEP_NANOS = Duration.ofSeconds(1).toNanos();

  private final ConcurrentHashMap<Bytes, Granted> granted = new ConcurrentHashMap<>();

  private final SecureRandom random = new SecureRandom();
  private final long ttlNanos;
  private final LongSupplier nanoTime;
  private long sweptAtNanos;
  private volatile boolean isStarted;

  /**
   * @param ttl how long a token counts without being used
   */
  public SimpleTokens(Duration ttl, LongSupplier nanoTime) {
    this.ttlNanos = ttl.toNanos();
    this.nanoTime = nanoTime;
    this.sweptAtNanos = nanoTime.getAsLong();
  }

  /** A token that counts until its deadline. */
  private static final class Granted {
    private final String user;
    private final String suffix;
    private final AtomicLong deadlineNanos;

    Granted(String user, long index, long deadlineNanos) {
      this.user = user;
      this.suffix = "." + index;
      this.deadlineNanos = new AtomicLong(deadlineNanos);
    }

    boolean isSuffixOf(String token) {
      int dot = token.indexOf('.');
      return dot >= 0 && token.length() == dot + suffix.length() && token.startsWith(suffix, dot);
    }

    boolean isOver(long now) {
      return now - deadlineNanos.get() >= 0;
    }
  }

  /** The user as of now: such a token does not grow old when the auth state changes. */
  @Override
  public @Nullable Principal find(Token token, AuthState state) {
    Bytes hash = token.hashOfLetters();
    Granted found = granted.get(hash);
    if (found == null || !found.isSuffixOf(token.text())) {
      return null;
    }
    long now = nanoTime.getAsLong();
    if (found.isOver(now)) {
      granted.remove(hash, found);
      return null;
    }
    found.deadlineNanos.set(now + ttlNanos);
    return new Principal(found.user, state.revision());
  }

  /** A token that is not known here is none. */
  @Override
  public CompletableFuture<Principal> verify(Token token, Object address) {
    return CompletableFuture.failedFuture(new RequestException(ErrorCode.INVALID_AUTH_TOKEN));
  }

  @Override
  public long indexOf(Token token) {
    String text = token.text();
    int dot = text.indexOf('.');
    String index = text.substring(dot + 1);
    if (dot < 0 || !index.chars().allMatch(digit -> digit >= '0' && digit <= '9')) {
      return 0;
    }
    try {
      return Long.parseLong(index);
    } catch (NumberFormatException beyondAnyLog) {
      return 0;
    }
  }

  @Override
  public void start() {
    isStarted = true;
  }

  @Override
  public AuthListener listener() {
    return this;
  }

  @Override
  public Issuer issuer() {
    return this;
  }

  @Override
  public String draw() {
    StringBuilder letters = new StringBuilder(LETTERS);
    for (int i = 0; i < LETTERS; i++) {
      letters.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return letters.toString();
  }

  @Override
  public String token(String letters, long index) {
    return letters + "." + index;
  }

  @Override
  public Bytes hashOf(String letters) {
    return Token.hashOf(letters);
  }

  /** Sweeps first, so that the table holds what a time to live brings, and no more. */
  @Override
  public void tokenGranted(String user, Bytes tokenHash, long index) {
    if (!isStarted) {
      return;
    }
    long now = nanoTime.getAsLong();
    if (now - sweptAtNanos >= SWEEP_NANOS) {
      sweptAtNanos = now;
      granted.values().removeIf(old -> old.isOver(now));
    }
    granted.put(tokenHash, new Granted(user, index, now + ttlNanos));
  }

  @Override
  public void tokensRevoked(String user) {
    granted.values().removeIf(token -> token.user.equals(user));
  }

  @Override
  public void allTokensRevoked() {
    granted.clear();
  }

  int size() {
    return granted.size();
  }

  /** Without the tokens. */
  @Override
  public String toString() {
    return "SimpleTokens[" + granted.size() + "]";
  }
}
