package io.kvorum.service;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What this member knows of the scheduled backups. Immutable.
 *
 * @param succeeded attempts of this member since its start; also the two that follow
 * @param failed attempts that were repeated, or are to be
 * @param abandoned attempts that ended because another member leads, or this one stops
 * @param newest when the store was in the state that the newest backup holds, as far as this member
 *     has seen; null if there is none
 * @param lastDuration of the last one that this member has made; zero if it has made none
 * @param lastBytes the same, its size
 */
public record BackupStats(
    Duration interval,
    long succeeded,
    long failed,
    long abandoned,
    @Nullable Instant newest,
    Duration lastDuration,
    long lastBytes) {

  static BackupStats none(Duration interval) {
    return new BackupStats(interval, 0, 0, 0, null, Duration.ZERO, 0);
  }

  BackupStats found(@Nullable Instant time) {
    return new BackupStats(interval, succeeded, failed, abandoned, time, lastDuration, lastBytes);
  }

  BackupStats success(Instant time, Duration duration, long bytes) {
    return new BackupStats(interval, succeeded + 1, failed, abandoned, time, duration, bytes);
  }

  BackupStats failure() {
    return new BackupStats(
        interval, succeeded, failed + 1, abandoned, newest, lastDuration, lastBytes);
  }

  BackupStats abandonment() {
    return new BackupStats(
        interval, succeeded, failed, abandoned + 1, newest, lastDuration, lastBytes);
  }
}
