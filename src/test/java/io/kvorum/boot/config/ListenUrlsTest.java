package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kvorum.model.MemberUrl;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What etcd takes and refuses as a URL to listen on, with its exit status. */
final class ListenUrlsTest {
  private static final MemberUrl SOCKET = new MemberUrl("unix", "/dir/s.sock", 0);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://localhost:1 | http://localhost:1",
        "http://[::1]:1 | http://[::1]:1",
        "http://[::]:1 | http://[::]:1",
        "http://0.0.0.0:1 | http://0.0.0.0:1",
        "http://127.0.0.1:0 | http://127.0.0.1:0",
        "HTTP://127.0.0.1:1 | http://127.0.0.1:1",
        "http://user:pw@127.0.0.1:1 | http://127.0.0.1:1",
        "http://127.0.0.1:1,http://127.0.0.1:1 | http://127.0.0.1:1",
        "http://127.0.0.1:2, http://127.0.0.1:1 | http://127.0.0.1:1,http://127.0.0.1:2",
        "unix:///dir/s.sock | unix:///dir/s.sock",
        "unix:/dir/s.sock | unix:///dir/s.sock",
        "unix://localhost:123 | unix://localhost:123",
        "unix:///a,http://127.0.0.1:1 | http://127.0.0.1:1,unix:///a"
      })
  void whatEtcdListensOnIsListenedOn(String value, String urls) {
    Listeners listeners =
        listeners("listen-client-urls", value, "advertise-client-urls", "http://a.example:1");
    assertThat(String.join(",", MemberUrl.texts(listeners.client()))).isEqualTo(urls);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://example.com:1 | 1 | expected IP in URL for binding (http://example.com:1);"
            + " write an address of this machine, or 0.0.0.0 for all of them",
        "http://:1 | 1 | expected IP in URL for binding (http://:1);"
            + " write an address of this machine, or 0.0.0.0 for all of them",
        "http://1.2.3:1 | 1 | expected IP in URL for binding (http://1.2.3:1);"
            + " write an address of this machine, or 0.0.0.0 for all of them",
        "http://256.1.1.1:1 | 1 | expected IP in URL for binding (http://256.1.1.1:1);"
            + " write an address of this machine, or 0.0.0.0 for all of them",
        "http://[::g]:1 | 1 | expected IP in URL for binding (http://[::g]:1);"
            + " write an address of this machine, or 0.0.0.0 for all of them",
        "http://127.0.0.1 | 2 | URL address does not have the form \"host:port\":"
            + " http://127.0.0.1; write http://127.0.0.1:2379",
        "127.0.0.1:1 | 2 | \"127.0.0.1:1\" is not a URL such as http://127.0.0.1:2379;"
            + " write http://127.0.0.1:1",
        "ftp://127.0.0.1:1 | 2 | URL scheme must be http, https, unix, or unixs:"
            + " ftp://127.0.0.1:1; write http://127.0.0.1:1",
        "http://127.0.0.1:1/ | 2 | URL must not contain a path: http://127.0.0.1:1/;"
            + " write http://127.0.0.1:1",
        "http://127.0.0.1:99999 | 2 | invalid port, larger than 65535: http://127.0.0.1:99999",
        "http://0.0.0.0:1 | 1 | --advertise-client-urls is required when --listen-client-urls is"
            + " set explicitly: it names the address of this machine that clients use",
        "http://[::]:1 | 1 | --advertise-client-urls is required when --listen-client-urls is"
            + " set explicitly: it names the address of this machine that clients use",
        "unix:// | 2 | URL does not have the form \"unix:///path/to/socket\": unix://",
      })
  void whatCannotBeListenedOnIsRefusedInOneLine(String value, int status, String reason) {
    ConfigurationException refused = refusal("listen-client-urls", value);
    assertThat(refused)
        .hasMessage("invalid value \"" + value + "\" for flag --listen-client-urls: " + reason);
    assertThat(refused.exitStatus()).isEqualTo(status);
  }

  @Test
  void hostNamesAreRefusedInEveryFlagThatIsListenedOn() {
    for (String flag :
        List.of(
            "listen-client-urls",
            "listen-client-http-urls",
            "listen-metrics-urls",
            "listen-peer-urls")) {
      assertThat(refusal(flag, "http://example.com:1"))
          .hasMessageContaining("for flag --" + flag + ": expected IP in URL for binding");
    }
  }

  @Test
  void aSocketIsForClientsAlone() {
    assertThat(listeners("listen-metrics-urls", "unix:///dir/s.sock").metrics())
        .containsExactly(SOCKET);
    assertThat(refusal("listen-peer-urls", "unix:///dir/s.sock"))
        .hasMessage(
            "invalid value \"unix:///dir/s.sock\" for flag --listen-peer-urls: URL scheme must be"
                + " http or https: unix:///dir/s.sock");
    assertThat(refusal("initial-advertise-peer-urls", "unix:///dir/s.sock"))
        .hasMessageContaining("URL scheme must be http or https");
    String path = "/" + "d".repeat(107);
    assertThat(refusal("listen-client-urls", "unix://" + path))
        .hasMessageContaining("the path of a socket must not be longer than 107 bytes");
  }

  @Test
  void aSecuredSocketNeedsACertificateAsEveryUrlThatIsSecured() {
    assertThat(refusal("listen-client-urls", "unixs:///dir/s.sock"))
        .hasMessage(
            "TLS key/cert (--cert-file, --key-file) must be provided for client url"
                + " unixs:///dir/s.sock with HTTPS scheme");
    Listeners secured =
        listeners("listen-client-urls", "unixs:///dir/s.sock", "cert-file", "/c", "key-file", "/k");
    assertThat(secured.tls()).isPresent();
    assertThat(secured.client()).allMatch(MemberUrl::isSecure);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://a.example:1 | http://a.example:1",
        "http://0.0.0.0:1 | http://0.0.0.0:1",
        "unix:///dir/s.sock | unix:///dir/s.sock",
        "http://a:1,http://a:1 | http://a:1"
      })
  void whatClientsAreToldIsNotChecked(String value, String urls) {
    Listeners listeners = listeners("advertise-client-urls", value);
    assertThat(String.join(",", MemberUrl.texts(listeners.advertisedClient()))).isEqualTo(urls);
  }

  @Test
  void anAdvertisedUrlHasAHost() {
    ConfigurationException refused = refusal("advertise-client-urls", "http://:1");
    assertThat(refused)
        .hasMessage(
            "invalid value \"http://:1\" for flag --advertise-client-urls: must be in the format"
                + " \"host:port\", \"unix:/path/to/socket\" or \"unixs:/path/to/socket\""
                + " (unexpected empty host (http://:1))");
    assertThat(refused.exitStatus()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "listen-client-urls | http://127.0.0.1:1 | listen-client-http-urls | http://127.0.0.1:1 |"
            + " cannot bind both --listen-client-urls and --listen-client-http-urls on the same url"
            + " http://127.0.0.1:1; use a different port for each",
        "listen-client-urls | unix:/s | listen-client-http-urls | unix:///s |"
            + " cannot bind both --listen-client-urls and --listen-client-http-urls on the same url"
            + " unix:///s; use a different socket for each",
        "listen-client-urls | http://127.0.0.1:1 | listen-peer-urls | http://127.0.0.1:1 |"
            + " cannot listen on http://127.0.0.1:1 (--listen-peer-urls): --listen-client-urls has"
            + " it, too; use a different port for each",
        "listen-client-urls | http://localhost:1 | listen-peer-urls | https://127.0.0.1:1 |"
            + " cannot listen on https://127.0.0.1:1 (--listen-peer-urls): --listen-client-urls has"
            + " http://localhost:1; use a different port for each",
        "listen-metrics-urls | http://127.0.0.1:1 | listen-peer-urls | http://0.0.0.0:1 |"
            + " cannot listen on http://0.0.0.0:1 (--listen-peer-urls): --listen-metrics-urls has"
            + " http://127.0.0.1:1; use a different port for each",
        "listen-metrics-urls | http://127.0.0.1:1 | kvorum-admin-url | http://127.0.0.1:1 |"
            + " cannot listen on http://127.0.0.1:1 (--kvorum-admin-url): --listen-metrics-urls has"
            + " it, too; use a different port for each",
        "listen-client-urls | http://0.0.0.0:1,https://127.0.0.1:1 | auto-tls | true |"
            + " cannot listen on https://127.0.0.1:1 (--listen-client-urls): --listen-client-urls"
            + " also has http://0.0.0.0:1; use a different port for each",
        "listen-metrics-urls | http://127.0.0.1:1,https://127.0.0.1:1 | auto-tls | true |"
            + " cannot listen on https://127.0.0.1:1 (--listen-metrics-urls): --listen-metrics-urls"
            + " also has http://127.0.0.1:1; use a different port for each",
      })
  void onePlaceForTwoPurposesIsRefused(
      String flag, String value, String otherFlag, String otherValue, String message) {
    ConfigurationException refused = refusal(flag, value, otherFlag, otherValue);
    assertThat(refused).hasMessage(message);
    assertThat(refused.exitStatus()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "listen-client-urls, 'http://127.0.0.1:1,https://127.0.0.1:1'",
    "listen-client-http-urls, 'http://127.0.0.1:1,https://127.0.0.1:1'",
    "listen-client-urls, 'unix:///s,unixs:///s'",
  })
  void clientsMayReachOnePlaceWithTlsAndWithout(String flag, String urls) {
    assertThat(
            MemberUrl.texts(
                listeners(flag, urls, "auto-tls", "true", "advertise-client-urls", "http://a:1")
                    .all()))
        .contains(urls.split(","));
  }

  @Test
  void portsThatTheSystemChoosesAndThoseOfOtherAddressesDoNotClash() {
    assertThat(
            listeners(
                    "listen-client-urls", "http://127.0.0.1:0",
                    "listen-metrics-urls", "http://127.0.0.1:0,http://127.0.0.2:7,http://[::1]:7",
                    "listen-peer-urls", "http://127.0.0.1:7")
                .metrics())
        .hasSize(3);
  }

  private static Listeners listeners(String... flags) {
    return MemberConfig.fromFlags(map(flags)::get).listeners();
  }

  private static ConfigurationException refusal(String... flags) {
    return catchThrowableOfType(
        ConfigurationException.class, () -> MemberConfig.fromFlags(map(flags)::get));
  }

  private static Map<String, String> map(String... flags) {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < flags.length; i += 2) {
      map.put(flags[i], flags[i + 1]);
    }
    return map;
  }
}
