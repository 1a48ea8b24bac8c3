package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AuthenticatorTest {
  private AuthState state = AuthState.INITIAL.change().enabled(true).revision(7).state();
  private final SimpleTokens tokens = new SimpleTokens(Duration.ofSeconds(4), () -> 0);
  private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
  private int barriers;
  private Runnable applies = () -> {};

  private final Authenticator authenticator =
      new Authenticator(
          () -> state,
          tokens,
          new Authenticator.LogPosition() {
            @Override
            public long appliedIndex() {
              applies.run();
              return 10;
            }

            @Override
            public CompletableFuture<Void> catchUp() {
              barriers++;
              return caughtUp;
            }
          });

  AuthenticatorTest() {
    tokens.start();
  }

  private CompletableFuture<Principal> identify(@Nullable String token, @Nullable String name) {
    return authenticator.identify(
        new Credentials(token == null ? null : Token.of(token), name), "127.0.0.1");
  }

  private static ErrorCode failure(CompletableFuture<?> result) {
    try {
      throw new AssertionError("it did not fail: " + result.join());
    } catch (CompletionException failed) {
      return ((RequestException) failed.getCause()).code();
    }
  }

  private String grant(long index) {
    String letters = tokens.draw();
    tokens.tokenGranted("al", tokens.hashOf(letters), index);
    return tokens.token(letters, index);
  }

  @Test
  void whileAuthIsOffNothingIsLookedAt() {
    state = AuthState.INITIAL;
    assertThat(identify("bad", null).join()).isEqualTo(Principal.NOBODY);
    assertThat(authenticator.isEnabled()).isFalse();
  }

  @Test
  void whoShowsNothingIsNobody() {
    assertThat(identify(null, null).join().isNobody()).isTrue();
  }

  @Test
  void aTokenCountsWithItsPrefixAndWithout() {
    String token = grant(3);
    assertThat(identify(token, null).join()).isEqualTo(new Principal("al", 7));
    assertThat(identify("Bearer " + token, null).join()).isEqualTo(new Principal("al", 7));
    for (String bad :
        new String[] {"bearer " + token, "Bearer  " + token, "", "Bearer ", "a.b.1", "a.-1"}) {
      assertThat(failure(identify(bad, null))).as(bad).isEqualTo(ErrorCode.INVALID_AUTH_TOKEN);
    }
    assertThat(barriers).isZero();
  }

  @Test
  void aCertificateCountsWhereThereIsNoTokenGoodOrBad() {
    assertThat(identify(null, "bo").join()).isEqualTo(new Principal("bo", 7));
    assertThat(identify(null, "").join().isNobody()).isFalse();
    assertThat(identify(grant(3), "bo").join().user()).isEqualTo("al");
    assertThat(failure(identify("bad", "bo"))).isEqualTo(ErrorCode.INVALID_AUTH_TOKEN);
  }

  @Test
  void aTokenOfAnEntryThatIsStillToBeAppliedIsWaitedFor() {
    String letters = tokens.draw();
    CompletableFuture<Principal> found = identify(tokens.token(letters, 11), null);
    assertThat(found).isNotDone();
    tokens.tokenGranted("al", tokens.hashOf(letters), 11);
    caughtUp.complete(null);
    assertThat(found.join()).isEqualTo(new Principal("al", 7));
  }

  @Test
  void aClientIsRecognizedOnceItsTokenIsAppliedAndNeverIfItIsNobody() {
    String letters = tokens.draw();
    Credentials early = new Credentials(Token.of(tokens.token(letters, 11)), null);
    CompletableFuture<Void> recognized = authenticator.recognize(early, "127.0.0.1");
    assertThat(recognized).isNotDone();
    assertThat(authenticator.recognize(new Credentials(Token.of("bad"), null), "127.0.0.1"))
        .isCompleted();
    tokens.tokenGranted("al", tokens.hashOf(letters), 11);
    caughtUp.complete(null);
    assertThat(recognized).isCompleted();
    assertThat(authenticator.knownNow(early)).isEqualTo(new Principal("al", 7));
  }

  @Test
  void aClientWhoseBarrierFailsIsNotWaitedFor() {
    CompletableFuture<Void> recognized =
        authenticator.recognize(new Credentials(Token.of("aaaa.99999999"), null), "127.0.0.1");
    caughtUp.completeExceptionally(new RequestException(ErrorCode.NO_LEADER));
    assertThat(recognized).isCompleted();
  }

  @Test
  void aTokenWhoseEntryIsAppliedMeanwhileIsFound() {
    String letters = tokens.draw();
    applies = () -> tokens.tokenGranted("al", tokens.hashOf(letters), 10);
    assertThat(identify(tokens.token(letters, 10), null).join()).isEqualTo(new Principal("al", 7));
    assertThat(barriers).isZero();
  }

  @Test
  void aTokenBeyondTheLogIsRefusedOnceTheLogIsKnown() {
    CompletableFuture<Principal> found = identify("aaaa.99999999", null);
    assertThat(found).isNotDone();
    caughtUp.complete(null);
    assertThat(failure(found)).isEqualTo(ErrorCode.INVALID_AUTH_TOKEN);
  }
}
