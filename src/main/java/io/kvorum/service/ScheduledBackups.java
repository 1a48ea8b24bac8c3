package io.kvorum.service;

import io.kvorum.backup.BackupDirectory;
import io.kvorum.backup.BackupName;
import io.kvorum.backup.PartialBackup;
import io.kvorum.backup.Progress;
import io.kvorum.backup.SnapshotExport;
import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.RequestException;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Backs the store up when it is due, on the one member whose task that is. A backup holds every
 * write that was acknowledged before it began: without a quorum there is none. An attempt leaves
 * either a whole file that was read back, or what there was before.
 *
 * <p>{@link #tick} is for one thread, which waits for the disk of the backups and for nothing else;
 * everything else is for any. A disk that does not answer costs the member that thread: what the
 * attempt holds of the store is given back after a while.
 */
public final class ScheduledBackups {
  private static final Log LOG = Log.of(ScheduledBackups.class);
  private static final long POLL_MILLIS = 100;

  /** After so long without any progress, an attempt has failed. */
  static final Duration STUCK_AFTER = Duration.ofMinutes(2);

  private final BackupSettings settings;
  private final BackupDirectory directory;
  private final StoreService store;
  private final Consensus consensus;
  private final MemberView members;
  private final String selfName;
  private final Clock clock;
  private final Scheduler scheduler;
  private final BackupSchedule schedule;
  private volatile boolean isStopping;
  private BackupStats stats; // Guarded by this.

  // Of the thread that ticks:
  private boolean hasTicked;
  private boolean wasOurs;
  private boolean hasWarnedOfName;

  /**
   * @param members says whether there is a member of the name that the settings have
   * @param selfName of this member
   * @param clock the wall clock
   * @param scheduler notices an attempt that is stuck
   */
  public ScheduledBackups(
      BackupSettings settings,
      BackupDirectory directory,
      StoreService store,
      Consensus consensus,
      MemberView members,
      String selfName,
      Clock clock,
      Scheduler scheduler) {
    this.settings = settings;
    this.directory = directory;
    this.store = store;
    this.consensus = consensus;
    this.members = members;
    this.selfName = selfName;
    this.clock = clock;
    this.scheduler = scheduler;
    this.schedule = new BackupSchedule(settings.interval(), clock);
    this.stats = BackupStats.none(settings.interval());
  }

  public synchronized BackupStats stats() {
    return stats;
  }

  private synchronized void update(UnaryOperator<BackupStats> change) {
    stats = change.apply(stats);
  }

  /** Makes a backup if one is due, and returns when it is made. To be called every second or so. */
  public void tick() {
    if (!hasTicked) {
      hasTicked = true;
      tidyUp();
    }
    boolean isNew = !wasOurs;
    wasOurs = isOurs();
    if (!wasOurs) {
      warnOfUnknownName();
    } else if (isNew || schedule.isDue()) {
      attempt();
    }
  }

  /** Has an attempt that is under way end soon, and none begin. */
  public void stop() {
    isStopping = true;
  }

  private boolean isOurs() {
    return !isStopping
        && settings.member().map(selfName::equals).orElseGet(() -> consensus.status().isLeader());
  }

  /** Once, whether or not the next backup is ours: a process that was killed may have left one. */
  private void tidyUp() {
    try {
      directory.create();
      directory.deletePartials();
      Instant newest = newest();
      update(before -> before.found(newest));
    } catch (IOException | RuntimeException e) {
      LOG.warning("cannot use the directory of the backups, {}: {}", directory, reason(e));
    }
  }

  private void attempt() {
    Attempt attempt = new Attempt();
    attempt.watch();
    try {
      Instant newest = newest();
      update(before -> before.found(newest));
      schedule.newest(newest);
      if (schedule.isDue()) {
        attempt.make();
        prune();
      }
    } catch (IOException | RuntimeException e) {
      ended(attempt, e);
    } finally {
      attempt.isOver = true;
    }
  }

  /** The time of the newest backup that is not dated later than now. */
  private @Nullable Instant newest() throws IOException {
    Instant now = clock.instant();
    for (BackupName backup : directory.backups()) {
      if (!backup.time().isAfter(now)) {
        return backup.time();
      }
    }
    return null;
  }

  private void prune() {
    try {
      int deleted = directory.prune(clock.instant(), settings.keep());
      if (deleted > 0) {
        LOG.info("deleted the oldest {} of the backups in {}", deleted, directory);
      }
    } catch (IOException | RuntimeException e) {
      LOG.warning("cannot delete old backups in {}: {}", directory, reason(e));
    }
  }

  private void ended(Attempt attempt, Exception failure) {
    if (attempt.isStuck) {
      LOG.debug("the backup that made no progress has ended", failure);
      schedule.failed();
    } else if (isOurs() && !(failure instanceof AbandonedException)) {
      schedule.failed();
      failed(reason(failure));
      LOG.debug("the backup failed", failure);
    } else {
      update(BackupStats::abandonment);
      LOG.info(
          "gave up a backup to {}: {}",
          directory,
          isStopping ? "this member stops" : "this member does not lead any more");
    }
  }

  private void failed(String reason) {
    update(BackupStats::failure);
    LOG.warning(
        "cannot back up to {}, will retry in {} s: {}",
        directory,
        schedule.pause().toSeconds(),
        reason);
  }

  private static String reason(Exception failure) {
    return failure instanceof RequestException refusal
        ? refusal.code().name().toLowerCase(Locale.ROOT).replace('_', ' ')
        : Reason.of(failure);
  }

  /** Once, when all members have told their names. */
  private void warnOfUnknownName() {
    List<ClusterMember> all = members.members();
    if (hasWarnedOfName || settings.member().isEmpty() || all.isEmpty()) {
      return;
    }
    String name = settings.member().get();
    if (all.stream().allMatch(member -> member.isStarted() && !member.name().equals(name))) {
      hasWarnedOfName = true;
      LOG.warning("nobody makes backups: no member of the cluster is called {}", name);
    }
  }

  /** Ends an attempt from within. */
  private static final class AbandonedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AbandonedException(String message) {
      super(message, null, false, false);
    }
  }

  /** One attempt; of the thread that ticks, but for what is volatile. */
  private final class Attempt implements Progress {
    private final ReadingPace pace = store.newPace();
    private volatile long progressNanos = scheduler.nanoTime();
    private volatile @Nullable SnapshotExport held;
    private volatile boolean isStuck;
    private volatile boolean isOver;

    private void make() throws IOException {
      long start = scheduler.nanoTime();
      directory.deletePartials();
      confirm();
      Instant time = clock.instant();
      try (PartialBackup file = directory.begin(time, open())) {
        file.write(this);
        file.verify(this);
        goOn();
        file.commit();
        Duration took = Duration.ofNanos(scheduler.nanoTime() - start);
        schedule.newest(time);
        update(before -> before.success(time, took, file.bytes()));
        LOG.info(
            "backed up revision {} to {}: {} bytes in {} ms",
            file.revision(),
            file,
            file.bytes(),
            took.toMillis());
      }
    }

    /** What this member has may be old: what was acknowledged elsewhere comes first. */
    private void confirm() throws IOException {
      try {
        await(consensus.readIndex());
      } catch (RequestException refusal) {
        throw new IOException(
            "no quorum confirms what this member has: " + reason(refusal), refusal);
      }
    }

    private SnapshotExport open() throws IOException {
      CompletableFuture<SnapshotExport> opening = store.export();
      boolean isOpen = false;
      try {
        SnapshotExport export = await(opening);
        held = export;
        goOn();
        isOpen = true;
        return export;
      } finally {
        if (!isOpen) {
          CompletableFuture<Void> unused = opening.thenAccept(SnapshotExport::close);
        }
      }
    }

    /** Waits as long as the attempt may go on. */
    private <T> T await(CompletableFuture<T> future) throws IOException {
      while (true) {
        try {
          return future.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException notYet) {
          goOn();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new AbandonedException("interrupted");
        } catch (ExecutionException e) {
          if (e.getCause() instanceof RuntimeException cause) {
            throw cause;
          }
          throw new IOException(e.getCause());
        }
      }
    }

    @Override
    public void report(Step step, long doneBytes, long totalBytes) {
      pauseFor(pace.pauseAfter(progressNanos));
      progressNanos = scheduler.nanoTime();
      goOn();
    }

    private void pauseFor(long nanos) {
      try {
        TimeUnit.NANOSECONDS.sleep(nanos);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AbandonedException("interrupted");
      }
    }

    private void goOn() {
      if (isStuck || !isOurs()) {
        throw new AbandonedException(isStuck ? "no progress" : "not ours any more");
      }
    }

    /** Looks on another thread: the one of the attempt may be waiting for its disk. */
    private void watch() {
      scheduler.runAfter(STUCK_AFTER.dividedBy(2), this::look);
    }

    private void look() {
      if (isOver || isStuck) {
        return;
      }
      if (scheduler.nanoTime() - progressNanos < STUCK_AFTER.toNanos()) {
        watch();
        return;
      }
      isStuck = true;
      SnapshotExport export = held;
      if (export != null) {
        export.close();
      }
      failed("no progress for " + STUCK_AFTER.toSeconds() + " s");
    }
  }
}
