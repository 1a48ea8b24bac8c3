package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenTest {
  @Test
  void whatStandsBeforeTheTokenDoesNotBelongToIt() {
    assertThat(Token.of("Bearer abc.7").text()).isEqualTo("abc.7");
    assertThat(Token.of("bearer abc.7").text()).isEqualTo("bearer abc.7");
    assertThat(Token.of("Bearer Bearer a").text()).isEqualTo("Bearer a");
    assertThat(Token.of("Bearer abc.7").hash()).isEqualTo(Token.of("abc.7").hash());
    assertThat(Token.of("Bearer abc.7").length()).isEqualTo(12);
  }

  @Test
  void theHashesAreThoseOfTheTextAndComputedOnce() {
    Token token = Token.of("abc.7.x");
    assertThat(token.hash()).isEqualTo(Token.hashOf("abc.7.x")).isSameAs(token.hash());
    assertThat(token.hashOfLetters())
        .isEqualTo(Token.hashOf("abc"))
        .isSameAs(token.hashOfLetters());
    assertThat(Token.of("abc").hashOfLetters()).isEqualTo(Token.hashOf("abc"));
    assertThat(Token.of("").hash()).isEqualTo(Token.hashOf(""));
  }

  @Test
  void itIsTheSameIfTheSameWasShown() {
    assertThat(Token.of("a")).isEqualTo(Token.of("a")).hasSameHashCodeAs(Token.of("a"));
    assertThat(Token.of("a")).isNotEqualTo(Token.of("b")).isNotEqualTo(Token.of("Bearer a"));
    assertThat(Token.of("a").isShownAs("a")).isTrue();
    assertThat(Token.of("Bearer a").isShownAs("a")).isFalse();
    assertThat(Token.of("Bearer a").isShownAs("Bearer a")).isTrue();
    assertThat(Token.of("Bearer a").isShownAs("Bearer ab")).isFalse();
    assertThat(Token.of("Bearer a").isShownAs("Bearer b")).isFalse();
    assertThat(Token.of("a").isShownAs("Bearer a")).isFalse();
    assertThat(Token.of("s3cret")).hasToString("Token");
    assertThat(new Credentials(Token.of("s3cret"), "cn").toString()).doesNotContain("s3cret");
  }
}
