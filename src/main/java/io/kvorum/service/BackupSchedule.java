package io.kvorum.service;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the next backup is due: an interval after the newest one, made by any member, or
 * after a pause if an attempt has failed. A wall clock that is set back delays nothing for longer
 * than the interval. Confined to one thread.
 */
final class BackupSchedule {
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
  private static final Duration SHORTEST_PAUSE = Duration.ofMinutes(1);

  /** An attempt costs a reading of the store: so a failure that lasts costs little more. */
  private static final int ATTEMPTS_PER_INTERVAL = 10;

  private final Duration interval;
  private final Clock clock;
  private Instant next = Instant.MIN;

  BackupSchedule(Duration interval, Clock clock) {
    this.interval = interval;
    this.clock = clock;
  }

  boolean isDue() {
    Instant now = clock.instant();
    return !now.isBefore(next) || next.isAfter(now.plus(interval));
  }

  /**
   * The newest backup was found, or has been made.
   *
   * @param time null if there is none
   */
  void newest(@Nullable Instant time) {
    next = time == null ? Instant.MIN : time.plus(interval);
  }

  /** An attempt has failed. */
  void failed() {
    next = clock.instant().plus(pause());
  }

  /** Between a failed attempt and the next one: a tenth of the interval, within reason. */
  Duration pause() {
    Duration tenth = interval.dividedBy(ATTEMPTS_PER_INTERVAL);
    Duration pause = tenth.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : tenth;
    pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    return pause.compareTo(interval) > 0 ? interval : pause;
  }
}
