package io.kvorum.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JsonTextTest {
  @Test
  void whatJsonDoesNotAllowInAStringIsEscaped() {
    assertThat(JsonText.quoted("")).isEqualTo("\"\"");
    assertThat(JsonText.quoted("a \"b\" \\ c\n\u0001 é"))
        .isEqualTo("\"a \\\"b\\\" \\\\ c\\u000a\\u0001 é\"");
  }
}
