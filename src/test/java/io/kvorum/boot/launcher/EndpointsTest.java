package io.kvorum.boot.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.model.MemberUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class EndpointsTest {
  private final List<String> warnings = new ArrayList<>();

  @Test
  void theUsualAdminUrlIsTakenIfItIsFree() throws Exception {
    MemberUrl usual = url(freePort());
    assertThat(admin(null, usual)).isEqualTo(usual);
    assertThat(warnings).isEmpty();
  }

  @Test
  void withoutItsUsualPortTheAdminEndpointIsNotServedAndDoesNotMove() throws Exception {
    try (ServerSocket other = listening()) {
      MemberUrl usual = url(other.getLocalPort());
      assertThat(admin(null, usual)).isNull();
      assertThat(warnings)
          .containsExactly(
              "admin endpoint "
                  + usual
                  + ": the port is in use; MicroProfile's /health and /metrics are not served"
                  + " (set --kvorum-admin-url to another URL)");
    }
  }

  @Test
  void anAdminUrlThatWasSetAndIsInUseIsAnErrorEvenIfItIsTheUsualOne() throws Exception {
    try (ServerSocket other = listening()) {
      MemberUrl usual = url(other.getLocalPort());
      assertThatThrownBy(() -> admin(usual.toString(), usual))
          .isInstanceOf(LaunchException.class)
          .hasMessage(
              "cannot listen on " + usual + " (--kvorum-admin-url): Address already in use");
      assertThat(warnings).isEmpty();
    }
  }

  @Test
  void anEmptyAdminUrlDisablesTheEndpoint() throws Exception {
    assertThat(admin("", url(freePort()))).isNull();
    assertThat(warnings).isEmpty();
  }

  @Test
  void theAdminUrlIsOne() {
    assertThatThrownBy(() -> admin("http://a:1,http://b:2", url(1)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "invalid value \"http://a:1,http://b:2\" for flag --kvorum-admin-url: must be one URL");
  }

  @Test
  void portsOfOneMemberThatAreTheSameAreRefused() {
    String url = url(freePort()).toString();
    FlagValues values =
        FlagValues.resolve(
            Map.of(
                "listen-client-urls", url,
                "listen-peer-urls", url(freePort()).toString(),
                "kvorum-admin-url", url),
            Map.of());
    assertThatThrownBy(
            () -> Endpoints.choose(MemberConfig.fromFlags(values::get), values, warnings::add))
        .hasMessage(
            "cannot listen on "
                + url
                + " (--kvorum-admin-url): --listen-client-urls has it, too; use a different port"
                + " for each");
  }

  @Test
  void theAdminUrlIsNoSocket() {
    assertThatThrownBy(() -> admin("unix:///s", url(1)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("for flag --kvorum-admin-url: ");
  }

  private @Nullable MemberUrl admin(@Nullable String asked, MemberUrl usual)
      throws LaunchException {
    try (Ports ports = new Ports()) {
      return Endpoints.admin(ports, asked, usual, warnings::add);
    }
  }

  private static ServerSocket listening() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
  }

  private static int freePort() {
    return io.kvorum.testing.Ports.free();
  }

  private static MemberUrl url(int port) {
    return new MemberUrl("http", "127.0.0.1", port);
  }
}
