package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Principal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SimpleTokensTest {
  private static final AuthState STATE = AuthState.INITIAL.change().revision(7).state();

  private long nanos = -5;
  private final SimpleTokens tokens = new SimpleTokens(Duration.ofSeconds(4), () -> nanos);

  SimpleTokensTest() {
    tokens.start();
  }

  private String grant(String user, long index) {
    String letters = tokens.draw();
    tokens.tokenGranted(user, tokens.hashOf(letters), index);
    return tokens.token(letters, index);
  }

  private @Nullable Principal find(String token) {
    return tokens.find(Token.of(token), STATE);
  }

  private void pass(long seconds) {
    nanos += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void aTokenHasSixteenLettersAndTheIndexOfItsEntry() {
    assertThat(grant("al", 42)).matches("[a-zA-Z]{16}\\.42");
    assertThat(grant("al", 42)).isNotEqualTo(grant("al", 42));
  }

  @Test
  void aTokenNamesItsUserAtTheRevisionOfTheMoment() {
    String token = grant("al", 42);
    assertThat(find(token)).isEqualTo(new Principal("al", 7));
    assertThat(find(token.replace(".42", ".43"))).isNull();
    assertThat(find(token.replace(".42", ".042"))).isNull();
    assertThat(find(token.replace(".42", ""))).isNull();
    assertThat(find("x" + token)).isNull();
  }

  @Test
  void aTokenCountsUntilItHasNotBeenUsedForItsTime() {
    String used = grant("al", 1);
    String unused = grant("bo", 2);
    for (int i = 0; i < 3; i++) {
      pass(3);
      assertThat(find(used)).isNotNull();
    }
    assertThat(find(unused)).isNull();
    pass(4);
    assertThat(find(used)).isNull();
  }

  @Test
  void tokensThatAreOverTakeNoRoomOnceAnotherIsGranted() {
    for (int i = 0; i < 100; i++) {
      grant("al", i);
    }
    pass(5);
    grant("bo", 1);
    assertThat(tokens.size()).isEqualTo(1);
  }

  @Test
  void whatTheLogGrantedBeforeTheStartDoesNotCount() {
    SimpleTokens starting = new SimpleTokens(Duration.ofSeconds(4), () -> nanos);
    String letters = starting.draw();
    starting.tokenGranted("al", starting.hashOf(letters), 1);
    starting.start();
    assertThat(starting.find(Token.of(starting.token(letters, 1)), STATE)).isNull();
  }

  @Test
  void tokensOfAUserOrOfAllAreRevoked() {
    String al = grant("al", 1);
    String bo = grant("bo", 1);
    tokens.tokensRevoked("al");
    assertThat(find(al)).isNull();
    assertThat(find(bo)).isNotNull();
    tokens.allTokensRevoked();
    assertThat(find(bo)).isNull();
  }

  @Test
  void onlyWhatHasTheFormOfATokenNamesAnIndex() {
    assertThat(tokens.indexOf(Token.of("aaaa.99"))).isEqualTo(99);
    for (String bad :
        new String[] {"", "a", "a.b.1", "a.-1", "a.", "a.1.2", "a.18446744073709551615"}) {
      assertThat(tokens.indexOf(Token.of(bad))).as(bad).isZero();
      assertThat(find(bad)).as(bad).isNull();
    }
  }

  @Test
  void whatIsKeptOfATokenIsNotTheToken() {
    String letters = tokens.draw();
    Bytes kept = tokens.hashOf(letters);
    assertThat(kept.length()).isEqualTo(32);
    tokens.tokenGranted("al", kept, 1);
    assertThat(tokens.toString()).doesNotContain(letters);
  }
}
