package io.kvorum.ctl.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GoTextTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "9, 9 B",
    "10, 10 B",
    "999, 999 B",
    "1000, 1.0 kB",
    "9949, 9.9 kB",
    "9950, 10 kB",
    "20480, 20 kB",
    "28672, 29 kB",
    "120000, 120 kB",
    "2147483648, 2.1 GB",
    "9223372036854775807, 9.2 EB"
  })
  void sizesAreInPowersOfAThousand(long size, String text) {
    assertThat(GoText.bytes(size)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "7, 7ns",
    "1500, 1.5µs",
    "2708717, 2.708717ms",
    "9389671, 9.389671ms",
    "1002561530, 1.00256153s",
    "60000000000, 1m0s",
    "90500000000, 1m30.5s",
    "3600000000001, 1h0m0.000000001s",
    "-300000000, -300ms"
  })
  void durationsAreAsGoPrintsThem(long nanos, String text) {
    assertThat(GoText.duration(Duration.ofNanos(nanos))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {"a, \"a\"", "a\"b, \"a\\\"b\"", "`\t`, \"\\t\"", "`\u0001`, \"\\x01\"", "é, \"é\""})
  void quotedTextsEscapeWhatCannotBePrinted(String text, String quoted) {
    assertThat(GoText.quoted(text)).isEqualTo(quoted);
  }
}
