package io.kvorum.lease;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.lang.System.Logger.Level;
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
 * Tells the members now and then what is left of the long leases, so that the next leader does not
 * give these their full time again; and takes that back where one is to be renewed.
 *
 * <p>A part of {@link Lessor}, whose rules hold here: {@link #proposeIfDue} is called by the thread
 * of the ticks, {@link #begin} and {@link #forget} by the engine thread, all else by any. What is
 * under way for a lease is entered, and asked for, under the lock of the lease.
 *
 * <p>Held by: LessorTest.
 */
final class LeaseCheckpoints {
  private static final System.Logger LOG = System.getLogger(LeaseCheckpoints.class.getName());
  private static final int LEASES_PER_COMMAND = 1000;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long INTERVAL_SECONDS = 300;

  private final LeaseView leases;
  private final LongSupplier nanoClock;
  private final Function<Command, CompletableFuture<Result>> proposer;
  private final LongPredicate leadsIn;

  /**
   * By lease, the checkpoint that was proposed in this term and has perhaps not been applied yet.
   */
  private final Map<Long, CompletableFuture<Result>> underWay = new ConcurrentHashMap<>();

  private volatile long lastNanos;

  /**
   * @param leadsIn whether this member still leads in a term
   */
  LeaseCheckpoints(
      LeaseView leases,
      LongSupplier nanoClock,
      Function<Command, CompletableFuture<Result>> proposer,
      LongPredicate leadsIn) {
    this.leases = leases;
    this.nanoClock = nanoClock;
    this.proposer = proposer;
    this.leadsIn = leadsIn;
  }

  /** This member is about to lead: the first checkpoint is due an interval from now. */
  void begin() {
    lastNanos = nanoClock.getAsLong();
  }

  /**
   * This member leads no more, and whoever held the lock of a lease when it ceased to has let go:
   * nothing is entered any more.
   */
  void forget() {
    underWay.clear();
  }

  /** Under the lock of the lease; null if nothing is under way for it. */
  @Nullable CompletableFuture<Result> underWay(long leaseId) {
    return underWay.get(leaseId);
  }

  /**
   * Has the next leader give the lease its full time. What is proposed after a checkpoint comes
   * after it in the log, so that one of which nobody knows what became is taken back as well.
   *
   * @param checkpoint that which was under way for the lease, if any
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
            underWay.remove(leaseId, checkpoint);
          }
        });
  }

  /** Proposes a checkpoint of the long leases, if the last one was an interval ago. */
  void proposeIfDue(long term) {
    long now = nanoClock.getAsLong();
    if (now - lastNanos >= INTERVAL_SECONDS * NANOS_PER_SECOND && leadsIn.test(term)) {
      lastNanos = now;
      propose(term);
    }
  }

  /** Notes first what is under way, so that a renewal comes before or after, not in between. */
  private void propose(long term) {
    CompletableFuture<Result> outcome = new CompletableFuture<>();
    List<Command.LeaseCheckpoint.Remaining> remaining = new ArrayList<>();
    for (Lease lease : leases.all()) {
      if (lease.ttlSeconds() <= INTERVAL_SECONDS) {
        continue;
      }
      synchronized (lease) {
        long left = lease.deadlineNanos() - nanoClock.getAsLong();
        if (left > 0 && leadsIn.test(term)) {
          long seconds = (left - 1) / NANOS_PER_SECOND + 1;
          remaining.add(new Command.LeaseCheckpoint.Remaining(lease.id(), seconds));
          underWay.put(lease.id(), outcome);
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
   * A checkpoint that fails lets a lease live longer after a change of leaders. It may still come
   * true after it seemed to fail, so that it stays noted.
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
                LOG.log(Level.DEBUG, "a checkpoint of leases was not taken", failure);
                outcome.completeExceptionally(failure);
                return;
              }
              remaining.forEach(lease -> underWay.remove(lease.id(), outcome));
              outcome.complete(result);
            });
  }
}
