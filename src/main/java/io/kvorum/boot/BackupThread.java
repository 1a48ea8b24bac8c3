package io.kvorum.boot;

import io.kvorum.service.ScheduledBackups;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs the scheduled backups of a member on a thread that nothing else needs: their disk may be
 * slow, or not answer at all. Started and closed once, by one thread.
 *
 * <p>Held by: BackupKilledIT.
 */
final class BackupThread implements AutoCloseable {
  private static final Log LOG = Log.of(BackupThread.class);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration END_AT_MOST = Duration.ofSeconds(2);

  private final ScheduledBackups backups;
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(1, Threads.daemons("kvorum-backup"));

  BackupThread(ScheduledBackups backups) {
    this.backups = backups;
  }

  void start() {
    thread.scheduleWithFixedDelay(
        this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** A failure must not end the schedule, but an executor drops a task that throws. */
  private void tick() {
    try {
      backups.tick();
    } catch (RuntimeException e) {
      LOG.error("backups failed, will retry", e);
    }
  }

  /**
   * Has a backup that is under way end, and waits for that a little. It is not interrupted: it may
   * be reading the store, whose databases would be closed by that.
   */
  @Override
  public void close() {
    backups.stop();
    thread.shutdown();
    try {
      if (!thread.awaitTermination(END_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warning(
            "a backup waits for its disk: what it has written is deleted at the next start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
