package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CorrectionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quota-backend-bytes | 2GiB | not a whole number; write 2147483648",
        "quota-backend-bytes | 8 GB | not a whole number; write 8000000000",
        "quota-backend-bytes | 8Gi | not a whole number; write 8589934592",
        "quota-backend-bytes | 512b | not a whole number; write 512",
        "quota-backend-bytes | 8,589,934,592 | not a whole number; write 8589934592",
        "quota-backend-bytes | 99999999999999999999 | must be at most 2^63-1",
        "audit-log-maxsize | 1GiB | not a whole number; write 1024",
        "audit-log-maxsize | 100k | not a whole number; write 1",
        "heartbeat-interval | 100ms | not a whole number; write 100",
        "election-timeout | 5s | not a whole number; write 5000",
        "auth-token-ttl | 5min | not a whole number; write 300",
        "audit-log-maxage | 14 days | not a whole number; write 14",
        "max-txn-ops | 10_000 | not a whole number; write 10000",
        "max-txn-ops | many | not a whole number",
        "watch-progress-notify-interval | 10 | not a duration such as 300ms, 10m or 1h30m; write 10s",
        "watch-progress-notify-interval | 2 days | not a duration such as 300ms, 10m or 1h30m; write 48h",
        "watch-progress-notify-interval | 10 minutes | not a duration such as 300ms, 10m or 1h30m;"
            + " write 10m",
        "watch-progress-notify-interval | soon | not a duration such as 300ms, 10m or 1h30m",
        "pre-vote | yes | must be true or false; write true",
        "pre-vote | Off | must be true or false; write false",
        "pre-vote | maybe | must be true or false",
        "listen-client-urls | 127.0.0.1:2379 | \"127.0.0.1:2379\" is not a URL such as"
            + " http://127.0.0.1:2379; write http://127.0.0.1:2379",
        "listen-client-urls | 10.0.0.1 | \"10.0.0.1\" is not a URL such as http://127.0.0.1:2379;"
            + " write http://10.0.0.1:2379",
        "listen-client-urls | http://10.0.0.1 | URL address does not have the form \"host:port\":"
            + " http://10.0.0.1; write http://10.0.0.1:2379",
        "listen-peer-urls | https://10.0.0.1 | URL address does not have the form \"host:port\":"
            + " https://10.0.0.1; write https://10.0.0.1:2380",
        "listen-client-urls | http://10.0.0.1:2379/ | URL must not contain a path:"
            + " http://10.0.0.1:2379/; write http://10.0.0.1:2379",
        "listen-client-urls | http://10.0.0.1:1,[::1]:2 | \"[::1]:2\" is not a URL such as"
            + " http://127.0.0.1:2379; write http://[::1]:2",
        "listen-metrics-urls | http:/10.0.0.1:9 | \"http:/10.0.0.1:9\" is not a URL such as"
            + " http://127.0.0.1:2379; write http://10.0.0.1:9",
        "listen-client-urls | tcp://10.0.0.1:2379 | URL scheme must be http, https, unix, or unixs:"
            + " tcp://10.0.0.1:2379; write http://10.0.0.1:2379",
        "listen-client-urls | http://10.0.0.1:99999 | invalid port, larger than 65535:"
            + " http://10.0.0.1:99999",
        "listen-client-urls | unix:// | URL does not have the form \"unix:///path/to/socket\": unix://",
      })
  void aRefusalSaysWhatIsWrongAndWhatToWrite(String flag, String value, String reason) {
    assertThatThrownBy(() -> Flags.get(flag).check(value))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"" + value + "\" for flag --" + flag + ": " + reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://a b:1", "::1:2379", "http://", "?", "/", ",", "http://[::1"})
  void whatMayHaveBeenMeantOtherwiseIsNotGuessed(String value) {
    String correction = Correction.of(Flags.get("listen-client-urls"), value);
    assertThat(correction)
        .satisfiesAnyOf(
            empty -> assertThat(empty).isEmpty(),
            url -> Flags.get("listen-client-urls").check(url.substring("; write ".length())));
  }
}
