package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HttpRulesTest {
  private static HttpRules hosts(String... hosts) {
    return new HttpRules(Set.of("*"), Set.of(hosts), true);
  }

  @ParameterizedTest
  @CsvSource({
    "a.example, true",
    "a.example:2379, true",
    "::1, true",
    "[::1]:2379, true",
    "[::1], false",
    "A.example, false",
    "a.example., false",
    "localhost, false",
    "'', false",
    ":, false",
    "]:1, false",
  })
  void aHostIsComparedWithoutItsPort(String host, boolean isAdmitted) {
    assertThat(hosts("a.example", "::1").admitsHost(host)).isEqualTo(isAdmitted);
  }

  @Test
  void aStarAdmitsEveryHostAndAnEmptyNameNoneThatHasOne() {
    assertThat(hosts("a", "*").admitsHost("b")).isTrue();
    assertThat(hosts("").admitsHost("localhost")).isFalse();
  }

  @Test
  void anOriginIsAllowedIfItIsListedAsItIs() {
    HttpRules rules = new HttpRules(Set.of("http://a:80"), Set.of("*"), true);
    assertThat(rules.allowedOrigin("http://a:80")).isEqualTo("http://a:80");
    assertThat(rules.allowedOrigin("http://a")).isNull();
    assertThat(rules.allowedOrigin(null)).isNull();
    assertThat(HttpRules.open().allowedOrigin(null)).isEqualTo("*");
  }

  @Test
  void theRefusalIsInEtcdsWords() {
    assertThat(HttpRules.unknownHost("evil.example:80"))
        .isEqualTo(
            "\netcd received your request, but the Host header was unrecognized.\n\n"
                + "To fix this, choose one of the following options:\n"
                + "- Enable TLS, then any HTTPS request will be allowed.\n"
                + "- Add the hostname you want to use to the whitelist in settings.\n"
                + "  - e.g. etcd --host-whitelist \"evil.example\"\n\n"
                + "This requirement has been added to help prevent \"DNS Rebinding\" attacks"
                + " (CVE-2018-5702).\n\n");
  }
}
