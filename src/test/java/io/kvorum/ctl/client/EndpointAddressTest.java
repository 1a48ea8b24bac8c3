package io.kvorum.ctl.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EndpointAddressTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:2379, 127.0.0.1, 2379, AS_CONFIGURED",
    "http://db.example:1, db.example, 1, PLAIN",
    "HTTPS://db:65535/, db, 65535, TLS",
    "[::1]:2379, ::1, 2379, AS_CONFIGURED",
    "http://[fe80::1]:2379, fe80::1, 2379, PLAIN",
    ":2379, localhost, 2379, AS_CONFIGURED"
  })
  void anEndpointIsAnAddressOrAUrl(
      String text, String host, int port, EndpointAddress.Security security) {
    assertThat(EndpointAddress.parse(text))
        .isEqualTo(new EndpointAddress(text, host, port, security));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "a:b",
        "a:65536",
        "unix://a:1",
        "http://a:1/path",
        "::1:2379",
        "a b"
      })
  void othersAreRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EndpointAddress.parse(text))
        .withMessageContaining("endpoint \"" + text + "\"");
  }
}
