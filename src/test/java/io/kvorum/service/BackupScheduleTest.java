package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.MovableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackupScheduleTest {
  private static final Instant START = Instant.parse("2026-11-30T13:00:00Z");

  private final MovableClock clock = new MovableClock(START);
  private final BackupSchedule schedule = new BackupSchedule(Duration.ofHours(1), clock);

  @Test
  void withoutABackupOneIsDue() {
    assertThat(schedule.isDue()).isTrue();
    schedule.newest(START);
    schedule.newest(null);
    assertThat(schedule.isDue()).isTrue();
  }

  @Test
  void theNextOneIsDueAnIntervalAfterTheNewest() {
    schedule.newest(START.minus(Duration.ofMinutes(20)));
    clock.move(Duration.ofMinutes(40).minusNanos(1));
    assertThat(schedule.isDue()).isFalse();
    clock.move(Duration.ofNanos(1));
    assertThat(schedule.isDue()).isTrue();
  }

  @Test
  void aFailureIsFollowedByAPause() {
    schedule.newest(START.minus(Duration.ofHours(5)));
    schedule.failed();
    clock.move(Duration.ofMinutes(5));
    assertThat(schedule.isDue()).isFalse();
    clock.move(Duration.ofMinutes(1));
    assertThat(schedule.isDue()).isTrue();
  }

  @Test
  void aClockThatIsSetBackDelaysNothingForLongerThanTheInterval() {
    schedule.newest(START);
    clock.move(Duration.ofMinutes(-1));
    assertThat(schedule.isDue()).as("the newest one is not there any more").isTrue();
    schedule.newest(START.minus(Duration.ofMinutes(30)));
    assertThat(schedule.isDue()).isFalse();
    clock.move(Duration.ofDays(-300));
    assertThat(schedule.isDue()).isTrue();
    schedule.failed();
    clock.move(Duration.ofHours(-1));
    assertThat(schedule.isDue()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"PT1S, PT1S", "PT1M, PT1M", "PT5M, PT1M", "PT1H, PT6M", "PT6H, PT36M", "PT24H, PT1H"})
  void thePauseIsATenthOfTheIntervalWithinReason(Duration interval, Duration pause) {
    assertThat(new BackupSchedule(interval, clock).pause()).isEqualTo(pause);
  }
}
