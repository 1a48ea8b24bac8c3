package io.kvorum.lease;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The leader's clock of the leases: knows when each runs out, and proposes to revoke it then.
 *
 * <p>Deadlines are not replicated. A member that comes to lead starts all clocks afresh, with what
 * the last checkpoint left of them, so a lease may live longer than its time, never shorter.
 *
 * <p>{@link #tick} is called by one thread, {@link #promote}, {@link #demote} and {@link #granted}
 * by the engine thread; everything else by any. A tick that is under way when this member ceases to
 * lead proposes nothing more.
 */
public final class LeaseExpiry {
  private static final System.Logger LOG = System.getLogger(LeaseExpiry.class.getName());

  /** As etcd does: so many revocations a tick of half a second, at the most. */
  private static final int REVOCATIONS_PER_TICK = 500;

  /**
   * So many leases may run out in the same second after a change of leaders: fewer than can be
   * revoked in it, so that those that had piled up do not hold up the others.
   */
  private static final int EXPIRIES_PER_SECOND = 2 * REVOCATIONS_PER_TICK * 3 / 4;

  private static final Comparator<Lease> BY_EXPIRY =
      Comparator.comparingLong(Lease::deadlineNanos).thenComparingLong(Lease::id);

  private static final long NONE = 0;
  private static final int CHECKPOINTS_PER_COMMAND = 1000;
  private static final long CHECKPOINT_INTERVAL_NANOS = 300_000_000_000L;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** 146 years: what is longer does not fit the nano clock, and is not told apart. */
  private static final long LONGEST_SECONDS = Long.MAX_VALUE / 2 / NANOS_PER_SECOND;

  private final LeaseTable table;
  private final LongSupplier nanoClock;
  private final Function<Command, CompletableFuture<Result>> proposer;
  private final LongAdder renewed = new LongAdder();
  private final LongAdder expired = new LongAdder();

  /** Leases whose revocation has been proposed, so that it is not proposed twice. */
  private final Set<Long> revoking = ConcurrentHashMap.newKeySet();

  /** The term in which this member leads; nobody leads twice in one. */
  private volatile long ledTerm = NONE;

  private volatile long lastCheckpointNanos;

  /**
   * @param proposer takes commands; a revocation that fails is proposed again by a later tick
   */
  public LeaseExpiry(
      LeaseTable table,
      LongSupplier nanoClock,
      Function<Command, CompletableFuture<Result>> proposer) {
    this.table = table;
    this.nanoClock = nanoClock;
    this.proposer = proposer;
  }

  /**
   * This member leads now: starts the clock of every lease, with some grace for the change. Where
   * too many would run out at once, the later ones get some more time.
   *
   * @param term in which it leads; what it decides on leases counts in this one alone
   */
  public void promote(long graceNanos, long term) {
    List<Lease> leases = new ArrayList<>(table.all());
    for (Lease lease : leases) {
      lease.setDeadlineNanos(deadlineIn(lease.secondsAtPromotion()) + graceNanos);
    }
    leases.sort(BY_EXPIRY);
    for (int i = EXPIRIES_PER_SECOND; i < leases.size(); i++) {
      long earliest = leases.get(i - EXPIRIES_PER_SECOND).deadlineNanos() + NANOS_PER_SECOND;
      if (leases.get(i).deadlineNanos() < earliest) {
        leases.get(i).setDeadlineNanos(earliest);
      }
    }
    lastCheckpointNanos = nanoClock.getAsLong();
    // Last: before that nothing expires and nothing is renewed.
    ledTerm = term;
  }

  /** This member leads no more: nothing expires here. */
  public void demote() {
    ledTerm = NONE;
    table.all().forEach(lease -> lease.setDeadlineNanos(Lease.NO_DEADLINE));
    revoking.clear();
  }

  /** Whether the clocks run here: what this member says of a lease counts. */
  public boolean isLeading() {
    return ledTerm != NONE;
  }

  /** Starts the clock of a lease that has just been granted. */
  public void granted(Lease lease) {
    if (isLeading()) {
      lease.setDeadlineNanos(deadlineIn(lease.ttlSeconds()));
    }
  }

  /**
   * Gives the lease its full time again.
   *
   * @return its time to live in seconds; 0 if it does not exist or has run out
   */
  public long renew(long id) {
    Lease lease = table.find(id);
    if (lease == null || isExpired(lease)) {
      return 0;
    }
    if (lease.checkpointedSeconds() > 0) {
      checkpoint(List.of(new Command.LeaseCheckpoint.Remaining(id, 0)), ledTerm);
    }
    lease.setDeadlineNanos(deadlineIn(lease.ttlSeconds()));
    renewed.increment();
    return lease.ttlSeconds();
  }

  /** What is left of the lease, in seconds rounded down; not less than 0. */
  public long remainingSeconds(Lease lease) {
    long deadline = lease.deadlineNanos();
    if (deadline == Lease.NO_DEADLINE) {
      return lease.ttlSeconds();
    }
    return Math.max(0, (deadline - nanoClock.getAsLong()) / NANOS_PER_SECOND);
  }

  /** All leases, the first to expire first. */
  public List<Lease> byExpiry() {
    List<Lease> leases = new ArrayList<>(table.all());
    leases.sort(BY_EXPIRY);
    return leases;
  }

  /** Proposes what is due: revocations of leases that ran out, and checkpoints of long ones. */
  public void tick() {
    long term = ledTerm;
    if (term == NONE) {
      return;
    }
    List<Lease> due = new ArrayList<>();
    for (Lease lease : table.all()) {
      if (isExpired(lease) && !revoking.contains(lease.id())) {
        due.add(lease);
      }
    }
    due.sort(BY_EXPIRY);
    for (Lease lease : due.subList(0, Math.min(due.size(), REVOCATIONS_PER_TICK))) {
      if (ledTerm != term) {
        return;
      }
      revoke(lease.id(), term);
    }
    long now = nanoClock.getAsLong();
    if (now - lastCheckpointNanos >= CHECKPOINT_INTERVAL_NANOS && ledTerm == term) {
      lastCheckpointNanos = now;
      checkpointLongLeases(term);
    }
  }

  public long renewedCount() {
    return renewed.sum();
  }

  public long expiredCount() {
    return expired.sum();
  }

  private void revoke(long id, long term) {
    revoking.add(id);
    expired.increment();
    proposer
        .apply(new Command.LeaseRevoke(id, term))
        .whenComplete((result, failure) -> revoking.remove(id));
  }

  private void checkpointLongLeases(long term) {
    List<Command.LeaseCheckpoint.Remaining> remaining = new ArrayList<>();
    for (Lease lease : table.all()) {
      long seconds = remainingSeconds(lease);
      if (seconds > 0 && lease.ttlSeconds() > CHECKPOINT_INTERVAL_NANOS / NANOS_PER_SECOND) {
        remaining.add(new Command.LeaseCheckpoint.Remaining(lease.id(), seconds));
      }
    }
    for (int from = 0; from < remaining.size(); from += CHECKPOINTS_PER_COMMAND) {
      int to = Math.min(remaining.size(), from + CHECKPOINTS_PER_COMMAND);
      checkpoint(remaining.subList(from, to), term);
    }
  }

  /** A checkpoint that fails only lets a lease live longer after a change of leaders. */
  private void checkpoint(List<Command.LeaseCheckpoint.Remaining> remaining, long term) {
    proposer
        .apply(new Command.LeaseCheckpoint(remaining, term))
        .whenComplete(
            (result, failure) -> {
              if (failure != null) {
                LOG.log(Level.DEBUG, "a checkpoint of leases was not taken", failure);
              }
            });
  }

  /** Far enough from the end of the number range that a grace can be added. */
  private long deadlineIn(long seconds) {
    long spanNanos = Math.min(seconds, LONGEST_SECONDS) * NANOS_PER_SECOND;
    return nanoClock.getAsLong() + spanNanos;
  }

  private boolean isExpired(Lease lease) {
    return lease.deadlineNanos() <= nanoClock.getAsLong();
  }
}
