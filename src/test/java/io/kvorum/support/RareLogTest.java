package io.kvorum.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.CapturedLog;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RareLogTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

  @Test
  void whatExceedsTheRateIsLeftOutAndCountedInTheNextSecond() {
    RareLog rare = new RareLog(Log.of(RareLogTest.class), 2, Runnable::run, nanos::get);
    try (CapturedLog log = CapturedLog.of(RareLogTest.class)) {
      for (int i = 0; i < 5; i++) {
        int event = i;
        rare.warning(() -> LogEvent.of("event", "number", event));
      }
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      rare.warning(() -> LogEvent.of("event", "number", 5));
      rare.warning(() -> LogEvent.of("event", "number", 6));
      assertThat(log.lines())
          .containsExactly(
              "event: number 0",
              "event: number 1",
              "event: number 5",
              "more of these were left out: count 3",
              "event: number 6");
    }
  }
}
