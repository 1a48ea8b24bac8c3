package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GrpcTimeoutTest {
  @ParameterizedTest
  @CsvSource({
    "2H, 7200000000000",
    "1M, 60000000000",
    "5S, 5000000000",
    "500m, 500000000",
    "3u, 3000",
    "1n, 1",
    "0S, 0",
    "-1S, -1000000000",
    "9223372036854775807H, 9223372036854775807",
  })
  void aTimeoutHasAUnit(String text, long nanos) {
    assertThat(GrpcTimeout.nanos(text)).hasValue(nanos);
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "5", "S", "5s", "5 S", "1.5S", "9223372036854775808S", ""})
  void whatIsNoneIsRefused(String text) {
    assertThat(GrpcTimeout.nanos(text)).isEmpty();
  }
}
