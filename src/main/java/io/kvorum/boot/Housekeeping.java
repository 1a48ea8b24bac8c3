package io.kvorum.boot;

import io.kvorum.boot.config.CorruptionCheckTimes;
import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.lease.Lessor;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.ops.LeaderWait;
import io.kvorum.service.AttributePublisher;
import io.kvorum.service.AutoCompaction;
import io.kvorum.service.AutoDefragmentation;
import io.kvorum.service.CorruptionChecks;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a member's periodic tasks on one thread: expires leases, compacts and defragments, fails
 * requests that the disk has kept waiting for too long, publishes the member's name and URLs,
 * reports a wait for a leader, and compares the stores of the members. Started and closed once, by
 * one thread.
 *
 * <p>Held by: WholeMemberTest, ClusterMembershipIT.
 */
final class Housekeeping implements AutoCloseable {
  private static final Log LOG = Log.of(Housekeeping.class);
  private static final Duration LEASE_TICK = Duration.ofMillis(500);
  private static final Duration SOON = Duration.ofMillis(100);
  private static final Duration LEADER_CHECK = Duration.ofMillis(250);
  private static final Duration STUCK_CHECK = Duration.ofSeconds(1);

  private final Lessor lessor;
  private final RaftConsensus consensus;
  private final MvccStore store;
  private final AttributePublisher publication;
  private final LeaderWait leaderWait;
  private final Duration requestTimeout;
  private final @Nullable AutoCompaction compaction;
  private final AutoDefragmentation defragmentation;
  private final Supplier<CompletableFuture<Void>> defragment;
  private final CorruptionChecks corruptionChecks;
  private final CorruptionCheckTimes checkTimes;
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(1, Threads.daemons("kvorum-housekeeping"));

  /**
   * @param requestTimeout the longest time that the disk may keep a request waiting
   * @param compaction null if only clients compact
   * @param defragmentation decides when to {@code defragment}
   * @param checkTimes when to run the {@code corruptionChecks}
   */
  Housekeeping(
      Lessor lessor,
      RaftConsensus consensus,
      MvccStore store,
      AttributePublisher publication,
      LeaderWait leaderWait,
      Duration requestTimeout,
      @Nullable AutoCompaction compaction,
      AutoDefragmentation defragmentation,
      Supplier<CompletableFuture<Void>> defragment,
      CorruptionChecks corruptionChecks,
      CorruptionCheckTimes checkTimes) {
    this.lessor = lessor;
    this.consensus = consensus;
    this.store = store;
    this.publication = publication;
    this.leaderWait = leaderWait;
    this.requestTimeout = requestTimeout;
    this.compaction = compaction;
    this.defragmentation = defragmentation;
    this.defragment = defragment;
    this.corruptionChecks = corruptionChecks;
    this.checkTimes = checkTimes;
  }

  /**
   * Starts the schedule.
   *
   * @param onDurable run once, when log and store are durable
   */
  void start(Completion onDurable) {
    whenDurable(onDurable);
    every(LEASE_TICK, "expiring leases", lessor::tick);
    leaderWait.tick();
    every(LEADER_CHECK, "looking for a leader", leaderWait::tick);
    every(
        STUCK_CHECK,
        "failing requests that wait for the disk",
        () -> consensus.failIfStuck(requestTimeout));
    every(AutoDefragmentation.INTERVAL, "defragmentation", this::defragmentIfDue);
    if (compaction != null) {
      AutoCompaction schedule = compaction;
      long unused = schedule.tick(store.revision(), false); // Its starting point.
      every(schedule.interval(), "auto-compaction", () -> compact(schedule));
    }
    if (!checkTimes.interval().isZero()) {
      every(checkTimes.interval(), "comparing stores", corruptionChecks::compareStores);
    }
    if (checkTimes.ofCompactions()) {
      every(
          checkTimes.compactionInterval(),
          "comparing compactions",
          corruptionChecks::compareCompactions);
    }
  }

  /** A step that writes to the disk, and may fail. */
  interface Completion {
    void run() throws IOException;
  }

  private void whenDurable(Completion onDurable) {
    if (store.durableIndex() == 0) {
      clock.schedule(() -> whenDurable(onDurable), SOON.toMillis(), TimeUnit.MILLISECONDS);
      return;
    }
    try {
      onDurable.run();
      every(SOON, "publishing name and URLs", publication::tick);
    } catch (IOException e) {
      LOG.error("cannot write the identity of this member, will retry", e);
      clock.schedule(() -> whenDurable(onDurable), LEASE_TICK.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** A failure must not end the schedule, but an executor drops a task that throws. */
  private void every(Duration interval, String name, Runnable task) {
    Runnable guarded =
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            LOG.error("{} failed, will retry", name, e);
          }
        };
    clock.scheduleWithFixedDelay(
        guarded, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void defragmentIfDue() {
    if (!defragmentation.isDue(store.stats())) {
      return;
    }
    long before = store.stats().allocatedBytes();
    LOG.info("more of the store's disk space is free than may be: defragmenting it");
    defragment
        .get()
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                LOG.info(
                    "defragmented the store: {} MiB before, {} MiB now",
                    before >> 20,
                    store.stats().allocatedBytes() >> 20);
              } else {
                LOG.warning("cannot defragment the store, will retry", failure);
              }
            });
  }

  private void compact(AutoCompaction schedule) {
    long revision = schedule.tick(store.revision(), consensus.status().isLeader());
    if (revision == AutoCompaction.NOTHING) {
      return;
    }
    LOG.info("auto-compaction to revision {}", revision);
    consensus
        .propose(new Command.Compact(revision))
        .whenComplete(
            (result, failure) -> {
              if (failure != null) {
                LOG.warning("auto-compaction failed, will retry", failure);
                schedule.failed(revision);
              } else if (result instanceof Result.Rejected rejected
                  && rejected.code() != ErrorCode.COMPACTED) {
                LOG.warning("auto-compaction was refused, will retry: {}", rejected.code());
                schedule.failed(revision);
              }
            });
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
