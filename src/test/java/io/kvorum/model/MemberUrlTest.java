package io.kvorum.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MemberUrlTest {
  @Test
  void aListIsSortedAsTextAndMayContainBlanks() {
    assertThat(MemberUrl.parseList("http://b:1, https://a:2,http://[::1]:3"))
        .containsExactly(
            new MemberUrl("http", "::1", 3),
            new MemberUrl("http", "b", 1),
            new MemberUrl("https", "a", 2));
  }

  @Test
  void anEmptyListHasNoUrls() {
    assertThat(MemberUrl.parseList("")).isEmpty();
  }

  @Test
  void writesAnIpv6AddressInBrackets() {
    assertThat(MemberUrl.parse("http://[::1]:2379")).hasToString("http://[::1]:2379");
  }

  @Test
  void knowsWildcards() {
    assertThat(MemberUrl.parse("http://0.0.0.0:1").isWildcard()).isTrue();
    assertThat(MemberUrl.parse("http://[::]:1").isWildcard()).isTrue();
    assertThat(MemberUrl.parse("http://:1").isWildcard()).isTrue();
    assertThat(MemberUrl.parse("http://10.0.0.1:1").isWildcard()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:1, true",
    "http://Etcd.LocalHost:1, true",
    "http://127.0.0.1:1, true",
    "http://127.1.2.3:1, true",
    "http://[::1]:1, true",
    "http://[0:0:0:0:0:0:0:1]:1, true",
    "http://10.0.0.1:1, false",
    "http://localhost.example.org:1, false",
    "http://127.example.org:1, false",
    "http://[fe80::1]:1, false",
    "http://0.0.0.0:1, false"
  })
  void knowsLoopback(String text, boolean expected) {
    assertThat(MemberUrl.parse(text).isLoopback()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:2379, not a URL",
    "2379, not a URL",
    "ftp://a:1, scheme must be http or https",
    "http://a, does not have the form",
    "http://a:x, does not have the form",
    "http://a:70000, invalid port",
    "http://a:1/, must not contain a path",
    "http://a:1?x, must not contain a path"
  })
  void refuses(String text, String reason) {
    assertThatThrownBy(() -> MemberUrl.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }
}
