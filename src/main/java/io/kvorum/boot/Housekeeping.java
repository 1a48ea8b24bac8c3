package io.kvorum.boot;

import io.kvorum.consensus.hazelcast.RaftConsensus;
import io.kvorum.lease.Lessor;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.service.AttributePublisher;
import io.kvorum.service.AutoCompaction;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a member does by the clock, on one thread: leases run out, history is compacted, requests
 * that the disk holds up time out.
 */
final class Housekeeping implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Housekeeping.class.getName());
  private static final Duration LEASE_TICK = Duration.ofMillis(500);
  private static final Duration SOON = Duration.ofMillis(100);
  private static final Duration STUCK_CHECK = Duration.ofSeconds(1);

  private final Lessor expiry;
  private final RaftConsensus consensus;
  private final MvccStore store;
  private final AttributePublisher publication;
  private final Duration requestTimeout;
  private final @Nullable AutoCompaction compaction;
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "kvorum-housekeeping");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param requestTimeout how long the disk may keep a request waiting
   * @param compaction null if nothing is compacted unless a client asks
   */
  Housekeeping(
      Lessor expiry,
      RaftConsensus consensus,
      MvccStore store,
      AttributePublisher publication,
      Duration requestTimeout,
      @Nullable AutoCompaction compaction) {
    this.expiry = expiry;
    this.consensus = consensus;
    this.store = store;
    this.publication = publication;
    this.requestTimeout = requestTimeout;
    this.compaction = compaction;
  }

  /**
   * @param onDurable run once, when log and state are there to stay
   */
  void start(Completion onDurable) {
    whenDurable(onDurable);
    every(LEASE_TICK, "expiry of leases", expiry::tick);
    every(STUCK_CHECK, "time limit of requests", () -> consensus.failIfStuck(requestTimeout));
    if (compaction != null) {
      AutoCompaction schedule = compaction;
      long unused = schedule.tick(store.revision(), false); // Where the member stood at its start.
      every(schedule.interval(), "auto-compaction", () -> compact(schedule));
    }
  }

  /** Something that writes to the disk, and may fail. */
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
      every(SOON, "publication of name and URLs", publication::tick);
    } catch (IOException e) {
      LOG.log(Level.ERROR, "the identity of this member cannot be written, and is tried again", e);
      clock.schedule(() -> whenDurable(onDurable), LEASE_TICK.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** One failure must not end the schedule: an executor drops a task that throws. */
  private void every(Duration interval, String name, Runnable task) {
    Runnable guarded =
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            LOG.log(Level.ERROR, name + " failed, and is tried again", e);
          }
        };
    clock.scheduleWithFixedDelay(
        guarded, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void compact(AutoCompaction schedule) {
    long revision = schedule.tick(store.revision(), consensus.status().isLeader());
    if (revision == AutoCompaction.NOTHING) {
      return;
    }
    LOG.log(Level.INFO, "auto-compaction to revision {0}", String.valueOf(revision));
    consensus
        .propose(new Command.Compact(revision))
        .whenComplete(
            (result, failure) -> {
              if (failure != null) {
                LOG.log(Level.WARNING, "auto-compaction failed, and is tried again", failure);
                schedule.failed(revision);
              } else if (result instanceof Result.Rejected rejected
                  && rejected.code() != ErrorCode.COMPACTED) {
                LOG.log(
                    Level.WARNING,
                    "auto-compaction was refused, and is tried again: {0}",
                    rejected.code());
                schedule.failed(revision);
              }
            });
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
