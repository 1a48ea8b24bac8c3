package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AutoCompactionTest {
  private long nowNanos = 1;

  @Test
  void byRevisionKeepsTheLastRevisions() {
    AutoCompaction compaction = new AutoCompaction.ByRevision(100);
    assertThat(compaction.interval()).isEqualTo(Duration.ofMinutes(5));
    assertThat(compaction.tick(100, true)).isEqualTo(AutoCompaction.NOTHING);
    assertThat(compaction.tick(101, true)).isEqualTo(1);
    assertThat(compaction.tick(101, true)).isEqualTo(AutoCompaction.NOTHING);
    assertThat(compaction.tick(250, true)).isEqualTo(150);
    compaction.failed(150);
    assertThat(compaction.tick(250, true)).isEqualTo(150);
  }

  @Test
  void byRevisionAFollowerDoesNotCompactAndCompactsOnceItLeads() {
    AutoCompaction compaction = new AutoCompaction.ByRevision(100);
    assertThat(compaction.tick(250, false)).isEqualTo(AutoCompaction.NOTHING);
    assertThat(compaction.tick(250, true)).isEqualTo(150);
    assertThat(compaction.tick(300, false)).isEqualTo(AutoCompaction.NOTHING);
    assertThat(compaction.tick(300, true)).isEqualTo(200);
  }

  @Test
  void byTimeCompactsFirstAfterAWholePeriodThenEachPeriod() {
    AutoCompaction compaction = byTime(Duration.ofMinutes(10));
    assertThat(compaction.interval()).isEqualTo(Duration.ofMinutes(1));
    List<Long> compacted = new ArrayList<>();
    for (int minute = 0; minute <= 30; minute++) {
      long revision = compaction.tick(100 + minute, true);
      if (revision != AutoCompaction.NOTHING) {
        compacted.add(revision);
        assertThat(revision)
            .as("what was written in the last period is kept")
            .isEqualTo(100 + minute - 10);
      }
      pass(Duration.ofMinutes(1));
    }
    assertThat(compacted).containsExactly(100L, 110L, 120L);
  }

  @Test
  void byTimeCompactsEachHourWhereThePeriodIsLonger() {
    AutoCompaction compaction = byTime(Duration.ofHours(5));
    assertThat(compaction.interval()).isEqualTo(Duration.ofMinutes(6));
    List<Integer> ticks = new ArrayList<>();
    for (int tick = 0; tick <= 80; tick++) {
      long revision = compaction.tick(100 + tick, true);
      if (revision != AutoCompaction.NOTHING) {
        ticks.add(tick);
        assertThat(revision).isEqualTo(100 + tick - 50);
      }
      pass(Duration.ofMinutes(6));
    }
    assertThat(ticks).containsExactly(50, 60, 70, 80);
  }

  @Test
  void byTimeDoesNotCompactAgainWhereNothingWasWritten() {
    AutoCompaction compaction = byTime(Duration.ofMinutes(10));
    int compactions = 0;
    for (int minute = 0; minute <= 60; minute++) {
      if (compaction.tick(42, true) != AutoCompaction.NOTHING) {
        compactions++;
      }
      pass(Duration.ofMinutes(1));
    }
    assertThat(compactions).isEqualTo(1);
  }

  @Test
  void byTimeAMemberThatComesToLeadKeepsWhatWasWrittenInTheLastPeriod() {
    AutoCompaction compaction = byTime(Duration.ofHours(1));
    for (int tick = 0; tick < 20; tick++) {
      assertThat(compaction.tick(100 + tick, false)).isEqualTo(AutoCompaction.NOTHING);
      pass(Duration.ofMinutes(6));
    }
    assertThat(compaction.tick(120, true)).as("an hour, or ten ticks, ago").isEqualTo(110);
    pass(Duration.ofMinutes(6));
    assertThat(compaction.tick(121, true)).isEqualTo(AutoCompaction.NOTHING);
  }

  @Test
  void byTimeNothingIsCompactedWithoutANoteThatIsOldEnough() {
    AutoCompaction compaction = byTime(Duration.ofHours(1));
    pass(Duration.ofHours(2));
    assertThat(compaction.tick(100, true)).as("the first note").isEqualTo(AutoCompaction.NOTHING);
    pass(Duration.ofMinutes(59));
    assertThat(compaction.tick(200, true)).isEqualTo(AutoCompaction.NOTHING);
    pass(Duration.ofMinutes(1));
    assertThat(compaction.tick(300, true)).isEqualTo(100);
  }

  @Test
  void byTimeLateTicksCompactToTheLastNoteThatIsOldEnough() {
    AutoCompaction compaction = byTime(Duration.ofHours(1));
    for (long revision : new long[] {100, 200, 300}) {
      assertThat(compaction.tick(revision, true)).isEqualTo(AutoCompaction.NOTHING);
      pass(Duration.ofMinutes(6));
    }
    pass(Duration.ofMinutes(51));
    assertThat(compaction.tick(400, true)).isEqualTo(200);
  }

  @Test
  void byTimeACompactionThatFailedIsAskedForAtTheNextTick() {
    AutoCompaction compaction = byTime(Duration.ofHours(1));
    assertThat(compaction.tick(100, true)).isEqualTo(AutoCompaction.NOTHING);
    pass(Duration.ofHours(1));
    assertThat(compaction.tick(200, true)).isEqualTo(100);
    compaction.failed(100);
    pass(Duration.ofMinutes(6));
    assertThat(compaction.tick(300, true)).isEqualTo(100);
    pass(Duration.ofMinutes(6));
    assertThat(compaction.tick(400, true)).isEqualTo(AutoCompaction.NOTHING);
  }

  private AutoCompaction byTime(Duration period) {
    return new AutoCompaction.ByTime(period, () -> nowNanos);
  }

  private void pass(Duration span) {
    nowNanos += span.toNanos();
  }
}
