package io.kvorum.rest.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WholeNumberTest {

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "-0,0",
    "0.00,0",
    "0e999,0",
    "7,7",
    "-7,-7",
    "7.0,7",
    "70e-1,7",
    "-700E-2,-7",
    "7e2,700",
    "1.25e2,125",
    "1.25e+3,1250",
    "0.5e1,5",
    "0.05e2,05",
    "1e19,10000000000000000000"
  })
  void wholeNumbersAreWrittenOut(String text, String digits) {
    assertThat(WholeNumber.digitsOf(text)).isEqualTo(digits);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "+1",
        "01",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x1",
        " 1",
        "1 ",
        "1_0",
        "٣",
        "1.5",
        "5e-1",
        "1.5e-1",
        "12e-1",
        "1.25e1",
        "1e20",
        "1e-2",
        "1e2147483647",
        "1e-2147483648",
        "1e2147483648"
      })
  void whatIsNotAWholeNumberIsRefused(String text) {
    assertThatExceptionOfType(NumberFormatException.class)
        .isThrownBy(() -> WholeNumber.digitsOf(text));
  }

  @Test
  void neitherExponentsNorMillionsOfDigitsTakeLong() {
    String digits = "1".repeat(4 << 20);
    for (String text :
        List.of(
            "1e-500000000",
            "1e500000000",
            "-" + digits + "." + digits,
            digits + "e-4000000",
            "1e" + digits,
            "0." + "0".repeat(4 << 20) + "1")) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () ->
              assertThatExceptionOfType(NumberFormatException.class)
                  .isThrownBy(() -> WholeNumber.digitsOf(text)));
    }
    assertThat(WholeNumber.digitsOf("-" + digits)).hasSize(1 + digits.length());
  }
}
