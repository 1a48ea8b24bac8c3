package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AutoCompactionTest {
  private long nowNanos = 1;

  @Test
  void byRevisionKeepsTheLastRevisions() {
    AutoCompaction compaction = new AutoCompaction.ByRevision(100);
    assertThat(compaction.interval()).isEqualTo(Duration.ofMinutes(5));
    assertThat(compaction.tick(100)).isEqualTo(AutoCompaction.NOTHING);
    assertThat(compaction.tick(101)).isEqualTo(1);
    assertThat(compaction.tick(101)).isEqualTo(AutoCompaction.NOTHING);
    assertThat(compaction.tick(250)).isEqualTo(150);
    compaction.failed(150);
    assertThat(compaction.tick(250)).isEqualTo(150);
  }

  @Test
  void byTimeCompactsFirstAfterAWholePeriodThenEachPeriod() {
    AutoCompaction compaction = new AutoCompaction.ByTime(Duration.ofMinutes(10), () -> nowNanos);
    assertThat(compaction.interval()).isEqualTo(Duration.ofMinutes(1));
    long compactions = 0;
    for (int minute = 1; minute <= 30; minute++) {
      nowNanos += Duration.ofMinutes(1).toNanos();
      long revision = compaction.tick(minute * 100L);
      if (revision != AutoCompaction.NOTHING) {
        compactions++;
        assertThat(minute % 10).isZero();
        assertThat(revision)
            .as("what was written in the last period is kept")
            .isLessThanOrEqualTo((minute - 9) * 100L);
      }
    }
    assertThat(compactions).isEqualTo(3);
  }

  @Test
  void byTimeCompactsEachHourWhereThePeriodIsLonger() {
    AutoCompaction compaction = new AutoCompaction.ByTime(Duration.ofHours(5), () -> nowNanos);
    assertThat(compaction.interval()).isEqualTo(Duration.ofMinutes(6));
    int first = 0;
    int compactions = 0;
    for (int tick = 1; tick <= 80; tick++) {
      nowNanos += Duration.ofMinutes(6).toNanos();
      if (compaction.tick(tick) != AutoCompaction.NOTHING) {
        first = first == 0 ? tick : first;
        compactions++;
      }
    }
    assertThat(first).isEqualTo(50);
    assertThat(compactions).isEqualTo(4);
  }

  @Test
  void byTimeDoesNotCompactAgainWhereNothingWasWritten() {
    AutoCompaction compaction = new AutoCompaction.ByTime(Duration.ofMinutes(10), () -> nowNanos);
    int compactions = 0;
    for (int minute = 1; minute <= 60; minute++) {
      nowNanos += Duration.ofMinutes(1).toNanos();
      if (compaction.tick(42) != AutoCompaction.NOTHING) {
        compactions++;
      }
    }
    assertThat(compactions).isEqualTo(1);
  }
}
