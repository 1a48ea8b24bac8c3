package io.kvorum.auth;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what signed tokens say, so that each is verified once: a signature of a pair of keys on
 * threads for that, since it takes up to milliseconds, and one of a secret at once. Thread-safe;
 * nothing blocks.
 *
 * <p>What is remembered does not depend on the time: a token that has ended is known to have.
 * Tokens are kept as their SHA-256, and of tokens with a wrong signature only so many that they
 * displace no others.
 *
 * <p>Held by: VerifiedTokensTest.
 */
public final class VerifiedTokens implements Tokens {
  private static final int MOST_KNOWN = 4096;
  private static final int MOST_WRONG = 1024;
  private static final int MOST_WAITING = 256;
  private static final int MOST_OF_ONE_ADDRESS = MOST_WAITING / 4;
  private static final int CORES_PER_THREAD = 4;

  private final JwtTokens tokens;
  private final Clock clock;
  private final CostlyWork work;

  // Both guarded by this. The key is a token's hash.
  private final Map<Bytes, JwtTokens.Claims> known = new Recent<>(MOST_KNOWN);
  private final Map<Bytes, Boolean> wrong = new Recent<>(MOST_WRONG);

  /** By the token's hash: a client begins with many calls, all with the same token. */
  private final Map<Bytes, CompletableFuture<Principal>> underWay = new ConcurrentHashMap<>();

  public VerifiedTokens(JwtTokens tokens, Clock clock) {
    this(
        tokens,
        clock,
        new CostlyWork(
            "kvorum-token",
            Math.max(1, Runtime.getRuntime().availableProcessors() / CORES_PER_THREAD),
            MOST_WAITING,
            MOST_OF_ONE_ADDRESS));
  }

  VerifiedTokens(JwtTokens tokens, Clock clock, CostlyWork work) {
    this.tokens = tokens;
    this.clock = clock;
    this.work = work;
  }

  /** Those that were looked for last. */
  private static final class Recent<V> extends LinkedHashMap<Bytes, V> {
    private static final long serialVersionUID = 1L;

    private final int most;

    Recent(int most) {
      super(16, 0.75f, true);
      this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Bytes, V> eldest) {
      return size() > most;
    }
  }

  @Override
  public @Nullable Principal find(Token token, AuthState state) {
    Bytes hash = token.hash();
    JwtTokens.Claims claims = remembered(hash);
    if (claims == null && !tokens.areCostly() && !isWrong(hash)) {
      claims = verified(token);
    }
    return claims == null ? null : claims.principalAt(clock.millis());
  }

  @Override
  public CompletableFuture<Principal> verify(Token token, Object address) {
    Bytes hash = token.hash();
    JwtTokens.Claims claims = remembered(hash);
    if (claims != null) {
      return answer(claims);
    }
    if (isWrong(hash)) {
      return refused();
    }
    if (!tokens.areCostly()) {
      return answer(verified(token));
    }
    CompletableFuture<Principal> answer = new CompletableFuture<>();
    CompletableFuture<Principal> same = underWay.putIfAbsent(hash, answer);
    if (same != null) {
      return same;
    }
    work.run(address, () -> verified(token))
        .thenCompose(this::answer)
        .whenComplete(
            (principal, failure) -> {
              underWay.remove(hash);
              if (failure == null) {
                answer.complete(principal);
              } else {
                answer.completeExceptionally(Futures.cause(failure));
              }
            });
    return answer;
  }

  private CompletableFuture<Principal> answer(JwtTokens.@Nullable Claims claims) {
    Principal principal = claims == null ? null : claims.principalAt(clock.millis());
    return principal == null ? refused() : CompletableFuture.completedFuture(principal);
  }

  private static CompletableFuture<Principal> refused() {
    return CompletableFuture.failedFuture(new RequestException(ErrorCode.INVALID_AUTH_TOKEN));
  }

  private synchronized JwtTokens.@Nullable Claims remembered(Bytes hash) {
    return known.get(hash);
  }

  private synchronized boolean isWrong(Bytes hash) {
    return wrong.containsKey(hash);
  }

  private JwtTokens.@Nullable Claims verified(Token token) {
    JwtTokens.Claims claims = tokens.verify(token.text());
    synchronized (this) {
      if (claims == null) {
        wrong.put(token.hash(), true);
      } else {
        known.put(token.hash(), claims);
      }
    }
    return claims;
  }

  /** Every member knows it by its signature. */
  @Override
  public long indexOf(Token token) {
    return 0;
  }

  /** The log grants none. */
  @Override
  public void start() {}

  @Override
  public AuthListener listener() {
    return AuthListener.NONE;
  }

  @Override
  public Issuer issuer() {
    return tokens;
  }

  @Override
  public void close() {
    work.close();
  }
}
