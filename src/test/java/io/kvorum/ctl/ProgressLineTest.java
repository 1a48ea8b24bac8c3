package io.kvorum.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ProgressLineTest {
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private long now = 17;

  private ProgressLine progress(boolean isTerminal) {
    return new ProgressLine(
        new PrintStream(shown, true, StandardCharsets.UTF_8), isTerminal, "", () -> now);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private String shown() {
    return shown.toString(StandardCharsets.UTF_8).replace("\r\u001b[K", "|");
  }

  @Test
  void aTerminalSeesBytesShareAndRateAndTheLineDisappears() {
    try (ProgressLine progress = progress(true)) {
      pass(Duration.ofSeconds(2));
      progress.at(50_000_000, 200_000_000);
      pass(Duration.ofSeconds(2));
      progress.at(200_000_000, 0);
    }
    assertThat(shown()).isEqualTo("|50 MB of 200 MB, 25%, 25 MB/s|200 MB, 50 MB/s|");
  }

  @Test
  void theLineIsReplacedAtMostFiveTimesASecond() {
    try (ProgressLine progress = progress(true)) {
      for (int i = 1; i <= 100; i++) {
        pass(Duration.ofMillis(10));
        progress.at(i, 100);
      }
    }
    assertThat(shown().chars().filter(c -> c == '%').count()).isEqualTo(5);
  }

  @Test
  void nothingIsShownElsewhere() {
    try (ProgressLine progress = progress(false)) {
      pass(Duration.ofSeconds(2));
      progress.at(1, 2);
      progress.say("x");
    }
    assertThat(shown()).isEmpty();
  }
}
