package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ObservingTest {
  private static Observing of(Map<String, String> flags) {
    return Observing.from(new Settings(flags::get));
  }

  @Test
  void aCollectorIsAHostAndAPort() {
    assertThat(of(Map.of("enable-distributed-tracing", "true")).tracing())
        .hasValue(new Tracing("localhost", 4317, "etcd", "", 0));
    assertThat(
            of(Map.of(
                    "enable-distributed-tracing",
                    "true",
                    "distributed-tracing-address",
                    "[::1]:5000"))
                .tracing())
        .hasValue(new Tracing("::1", 5000, "etcd", "", 0));
  }

  @Test
  void withoutTracingItsSettingsCountForNothing() {
    assertThat(of(Map.of("distributed-tracing-address", "nowhere")).tracing()).isEmpty();
  }

  @Test
  void ofCallsZeroStandsForTheDefaultAndOfCommandsForAll() {
    Observing zero =
        of(Map.of("warning-unary-request-duration", "0", "warning-apply-duration", "0s"));
    assertThat(zero.slowCall()).isEqualTo(Duration.ofMillis(300));
    assertThat(zero.slowApply()).isZero();
    assertThat(of(Map.of("warning-unary-request-duration", "1ns")).slowCall())
        .isEqualTo(Duration.ofNanos(1));
  }

  @Test
  void whatCannotBeUsedIsRefusedInOneLine() {
    assertRefused("metrics", "full", "must be basic or extensive");
    assertRefused("warning-apply-duration", "-1s", "must not be negative");
    assertRefused("distributed-tracing-sampling-rate", "1000001", "must be at most 1000000");
    String form = "must be a host and a port, as in localhost:4317";
    assertRefused("distributed-tracing-address", "collector", form);
    assertRefused("distributed-tracing-address", "http://collector:4317", form);
    assertRefused("distributed-tracing-address", "collector:0", "has no port from 1 to 65535");
    assertRefused("distributed-tracing-address", "collector:x", "has no port from 1 to 65535");
    assertRefused("distributed-tracing-service-name", " ", "must not be empty");
  }

  private static void assertRefused(String flag, String value, String reason) {
    assertThatThrownBy(() -> of(Map.of("enable-distributed-tracing", "true", flag, value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"" + value + "\" for flag --" + flag + ": " + reason);
  }
}
