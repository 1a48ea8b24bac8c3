package io.kvorum.lease;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.support.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Replicates at intervals what is left of long leases, so that the next leader does not give them
 * their full time again; and takes that back when one is renewed.
 *
 * <p>A part of {@link Lessor}, with its rules: {@link #proposeIfDue} is called by the thread of the
 * ticks, {@link #begin} and {@link #forget} by the Raft thread, all else by any. The pending
 * checkpoint of a lease is entered and looked up under the lock of the lease.
 *
 * <p>Held by: LessorTest, ClusterSimulation.
 */
final class LeaseCheckpoints {
  private static final Log LOG = Log.of(LeaseCheckpoints.class);
  private static final int LEASES_PER_COMMAND = 1000;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long INTERVAL_SECONDS = 300;

  private final LeaseView leases;
  private final LongSupplier nanoClock;
  private final Function<Command, CompletableFuture<Result>> proposer;
  private final LongPredicate isLeaderIn;

  /** By lease, the checkpoint that was proposed in this term and may not have been applied yet. */
  private final Map<Long, CompletableFuture<Result>> pending = new ConcurrentHashMap<>();

  private volatile long lastNanos;

  /**
   * @param isLeaderIn whether this member is still the leader of a term
   */
  LeaseCheckpoints(
      LeaseView leases,
      LongSupplier nanoClock,
      Function<Command, CompletableFuture<Result>> proposer,
      LongPredicate isLeaderIn) {
    this.leases = leases;
    this.nanoClock = nanoClock;
    this.proposer = proposer;
    this.isLeaderIn = isLeaderIn;
  }

  /**
   * Called before this member becomes the leader: the first checkpoint is due an interval later.
   */
  void begin() {
    lastNanos = nanoClock.getAsLong();
  }

  /**
   * Called when this member is no longer the leader, and no thread that saw it as one holds the
   * lock of a lease: no more entries are added.
   */
  void forget() {
    pending.clear();
  }

  /** The pending checkpoint of the lease, if any. Under the lock of the lease. */
  @Nullable CompletableFuture<Result> pending(long leaseId) {
    return pending.get(leaseId);
  }

  /**
   * Makes the next leader give the lease its full time. A proposal comes after a pending checkpoint
   * in the log, so that one with an unknown outcome is taken back as well.
   *
   * @param checkpoint the pending one, if any
   */
  CompletableFuture<Void> takeBack(
      long leaseId, long term, @Nullable CompletableFuture<Result> checkpoint) {
    Command full =
        new Command.LeaseCheckpoint(
            List.of(new Command.LeaseCheckpoint.Remaining(leaseId, 0)), term);
    CompletableFuture<Result> taken =
        checkpoint == null
            ? proposer.apply(full)
            : checkpoint.handle((result, failure) -> full).thenCompose(proposer);
    return taken.thenAccept(
        result -> {
          result.orThrow(Result.LeaseCheckpoint.class);
          if (checkpoint != null) {
            pending.remove(leaseId, checkpoint);
          }
        });
  }

  /** Proposes a checkpoint of the long leases, if the last one was an interval ago. */
  void proposeIfDue(long term) {
    long now = nanoClock.getAsLong();
    if (now - lastNanos >= INTERVAL_SECONDS * NANOS_PER_SECOND && isLeaderIn.test(term)) {
      lastNanos = now;
      propose(term);
    }
  }

  /** Enters the pending checkpoint first, so that a renewal is before or after it, not between. */
  private void propose(long term) {
    CompletableFuture<Result> outcome = new CompletableFuture<>();
    List<Command.LeaseCheckpoint.Remaining> remaining = new ArrayList<>();
    for (Lease lease : leases.all()) {
      if (lease.ttlSeconds() <= INTERVAL_SECONDS) {
        continue;
      }
      synchronized (lease) {
        long left = lease.deadlineNanos() - nanoClock.getAsLong();
        if (left > 0 && isLeaderIn.test(term)) {
          long seconds = (left - 1) / NANOS_PER_SECOND + 1;
          remaining.add(new Command.LeaseCheckpoint.Remaining(lease.id(), seconds));
          pending.put(lease.id(), outcome);
        }
      }
      if (remaining.size() == LEASES_PER_COMMAND) {
        propose(remaining, term, outcome);
        outcome = new CompletableFuture<>();
        remaining = new ArrayList<>();
      }
    }
    if (!remaining.isEmpty()) {
      propose(remaining, term, outcome);
    }
  }

  /**
   * If a checkpoint fails, a lease lives longer after a change of leaders. It may still be applied
   * after it seemed to fail, and so stays pending.
   */
  private void propose(
      List<Command.LeaseCheckpoint.Remaining> remaining,
      long term,
      CompletableFuture<Result> outcome) {
    proposer
        .apply(new Command.LeaseCheckpoint(remaining, term))
        .whenComplete(
            (result, failure) -> {
              if (failure != null) {
                LOG.debug("checkpoint of leases failed", failure);
                outcome.completeExceptionally(failure);
                return;
              }
              remaining.forEach(lease -> pending.remove(lease.id(), outcome));
              outcome.complete(result);
            });
  }
}
