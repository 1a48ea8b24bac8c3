package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.jsonwebtoken.Jwts;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import io.kvorum.testing.MovableClock;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VerifiedTokensTest {
  private static final String ADDRESS = "127.0.0.1";
  private static final String THREAD = "kvorum-token";

  private final MovableClock time = new MovableClock(Instant.parse("2026-11-30T12:00:00Z"));
  private final KeyPair pair = Jwts.SIG.ES256.keyPair().build();
  private final VerifiersClock gate = new VerifiersClock();
  private final JwtTokens signed =
      new JwtTokens(
          new JwtKeys(Jwts.SIG.ES256, pair.getPublic(), pair.getPrivate()),
          Duration.ofMinutes(5),
          gate);
  private final VerifiedTokens tokens =
      new VerifiedTokens(signed, time, new CostlyWork(THREAD, 1, 4, 2));

  /** Is read once for each token with a right signature, and lets its reader wait for the test. */
  private final class VerifiersClock extends Clock {
    private final AtomicInteger verified = new AtomicInteger();
    private volatile CountDownLatch mayGoOn = new CountDownLatch(0);

    void close() {
      mayGoOn = new CountDownLatch(1);
    }

    void open() {
      mayGoOn.countDown();
    }

    @Override
    public Instant instant() {
      if (Thread.currentThread().getName().startsWith(THREAD)) {
        verified.incrementAndGet();
        try {
          mayGoOn.await();
        } catch (InterruptedException closed) {
          Thread.currentThread().interrupt();
        }
      }
      return time.instant();
    }

    @Override
    public ZoneId getZone() {
      return time.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return time.withZone(zone);
    }
  }

  @AfterEach
  void close() {
    gate.open();
    tokens.close();
  }

  private static @Nullable ErrorCode failure(CompletableFuture<Principal> result) {
    Throwable failure = result.handle((principal, thrown) -> thrown).join();
    return failure == null ? null : ((RequestException) Futures.cause(failure)).code();
  }

  @Test
  void aSignatureIsVerifiedOnceAndElsewhereHoweverManyAskForIt() {
    String token = signed.sign("al", 7);
    gate.close();
    assertThat(tokens.find(Token.of(token), AuthState.INITIAL)).as("nothing is known").isNull();
    CompletableFuture<Principal> first = tokens.verify(Token.of(token), ADDRESS);
    assertThat(first).isNotDone();
    for (int i = 0; i < 100; i++) {
      assertThat(tokens.verify(Token.of(token), ADDRESS)).isNotDone();
    }
    gate.open();
    assertThat(first.join()).isEqualTo(new Principal("al", 7));
    assertThat(tokens.find(Token.of(token), AuthState.INITIAL)).isEqualTo(new Principal("al", 7));
    assertThat(tokens.verify(Token.of(token), ADDRESS))
        .isCompletedWithValue(new Principal("al", 7));
    assertThat(gate.verified).hasValue(1);
  }

  @Test
  void aFloodFromOneAddressIsRefusedAndOthersAreServed() {
    gate.close();
    CompletableFuture<Principal> first = tokens.verify(Token.of(signed.sign("a", 7)), "flooding");
    CompletableFuture<Principal> second = tokens.verify(Token.of(signed.sign("b", 7)), "flooding");
    assertThat(failure(tokens.verify(Token.of(signed.sign("c", 7)), "flooding")))
        .isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
    CompletableFuture<Principal> other = tokens.verify(Token.of(signed.sign("d", 7)), "other");
    gate.open();
    assertThat(first.join().user()).isEqualTo("a");
    assertThat(second.join().user()).isEqualTo("b");
    assertThat(other.join().user()).isEqualTo("d");
  }

  @Test
  void aTokenThatIsRememberedEnds() {
    String token = signed.sign("al", 7);
    assertThat(tokens.verify(Token.of(token), ADDRESS).join().user()).isEqualTo("al");
    time.move(Duration.ofMinutes(6));
    assertThat(tokens.find(Token.of(token), AuthState.INITIAL)).isNull();
    assertThat(failure(tokens.verify(Token.of(token), ADDRESS)))
        .isEqualTo(ErrorCode.INVALID_AUTH_TOKEN);
    String outdated = signed.sign("bo", 7);
    time.move(Duration.ofMinutes(6));
    assertThat(failure(tokens.verify(Token.of(outdated), ADDRESS)))
        .isEqualTo(ErrorCode.INVALID_AUTH_TOKEN);
    time.move(Duration.ofMinutes(-6));
    assertThat(tokens.find(Token.of(outdated), AuthState.INITIAL))
        .as("when the clock is set right again")
        .isEqualTo(new Principal("bo", 7));
  }

  @Test
  void aWrongTokenIsVerifiedOnceAndDisplacesNoRightOne() {
    String right = signed.sign("al", 7);
    assertThat(tokens.verify(Token.of(right), ADDRESS).join().user()).isEqualTo("al");
    String wrong = right.substring(0, right.length() - 9) + "AAAAAAAAA";
    assertThat(failure(tokens.verify(Token.of(wrong), ADDRESS)))
        .isEqualTo(ErrorCode.INVALID_AUTH_TOKEN);
    gate.close();
    CompletableFuture<Principal> busy = tokens.verify(Token.of(signed.sign("bo", 7)), ADDRESS);
    assertThat(busy).isNotDone();
    assertThat(tokens.verify(Token.of(wrong), ADDRESS))
        .as("it is known")
        .isCompletedExceptionally();
    assertThat(tokens.find(Token.of(wrong), AuthState.INITIAL)).isNull();
    gate.open();
    assertThat(busy.join().user()).isEqualTo("bo");
    for (int i = 0; i < 5_000; i++) {
      assertThat(failure(tokens.verify(Token.of("wrong " + i), ADDRESS)))
          .isEqualTo(ErrorCode.INVALID_AUTH_TOKEN);
    }
    assertThat(tokens.find(Token.of(right), AuthState.INITIAL)).isNotNull();
  }

  @Test
  void aSecretIsVerifiedAtOnce() {
    SecretKeySpec secret =
        new SecretKeySpec("s".repeat(32).getBytes(StandardCharsets.UTF_8), "HmacSHA256");
    JwtTokens bySecret =
        new JwtTokens(new JwtKeys(Jwts.SIG.HS256, secret, secret), Duration.ofMinutes(5), time);
    try (VerifiedTokens cheap = new VerifiedTokens(bySecret, time)) {
      assertThat(cheap.find(Token.of(bySecret.sign("al", 7)), AuthState.INITIAL))
          .isEqualTo(new Principal("al", 7));
      assertThat(cheap.verify(Token.of("wrong"), ADDRESS)).isCompletedExceptionally();
    }
  }
}
