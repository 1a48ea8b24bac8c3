package io.kvorum.lease;

import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The leader's clock of the leases: knows when each runs out, and proposes to revoke it then.
 *
 * <p>Deadlines are not replicated. A member that comes to lead starts all clocks afresh, with what
 * the last checkpoint left of them, so a lease may live longer than its time, never shorter: while
 * there is a checkpoint of it, a renewal is not answered before that has been taken back.
 *
 * <p>{@link #tick} is called by one thread, {@link #promote}, {@link #demote} and {@link #granted}
 * by the engine thread; everything else by any. A tick that is under way when this member ceases to
 * lead proposes nothing more, and what was proposed counts in no other term. Who moves the deadline
 * of a lease, or goes by it, holds the lock of the lease meanwhile.
 */
public final class Lessor {
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
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** 146 years: what is longer does not fit the nano clock, and is not told apart. */
  private static final long LONGEST_SECONDS = Long.MAX_VALUE / 2 / NANOS_PER_SECOND;

  private final LeaseView leases;
  private final LongSupplier nanoClock;
  private final LeaseCheckpoints checkpoints;
  private final LongAdder renewed = new LongAdder();
  private final LongAdder expired = new LongAdder();

  /**
   * By lease that ran out, the revocation that has been proposed: 0 once it is applied. Entered
   * under the lock of the lease, so that it is proposed once.
   */
  private final Map<Long, CompletableFuture<Long>> revoking = new ConcurrentHashMap<>();

  /** The term in which this member leads; nobody leads twice in one. */
  private volatile long ledTerm = NONE;

  /** Set once, by {@link #start}. */
  private Function<Command, CompletableFuture<Result>> proposer = command -> notLeader();

  public Lessor(LeaseView leases, LongSupplier nanoClock) {
    this.leases = leases;
    this.nanoClock = nanoClock;
    this.checkpoints =
        new LeaseCheckpoints(leases, nanoClock, this::propose, term -> ledTerm == term);
  }

  /**
   * Begins to follow the table of leases. Called once, before consensus starts.
   *
   * @param leaderProposals takes commands; a revocation that fails is proposed again by a later
   *     tick
   */
  public void start(Function<Command, CompletableFuture<Result>> leaderProposals) {
    proposer = leaderProposals;
    leases.onGrant(this::granted);
  }

  private CompletableFuture<Result> propose(Command command) {
    return proposer.apply(command);
  }

  /**
   * This member leads now: starts the clock of every lease, with some grace for the change. Where
   * too many would run out at once, the later ones get some more time.
   *
   * @param term in which it leads; what it decides on leases counts in this one alone
   */
  public void promote(long graceNanos, long term) {
    List<Lease> all = new ArrayList<>(leases.all());
    for (Lease lease : all) {
      lease.setDeadlineNanos(deadlineIn(lease.secondsAtPromotion()) + graceNanos);
    }
    all.sort(BY_EXPIRY);
    for (int i = EXPIRIES_PER_SECOND; i < all.size(); i++) {
      long earliest = all.get(i - EXPIRIES_PER_SECOND).deadlineNanos() + NANOS_PER_SECOND;
      if (all.get(i).deadlineNanos() < earliest) {
        all.get(i).setDeadlineNanos(earliest);
      }
    }
    checkpoints.begin();
    // Last: before that nothing expires and nothing is renewed.
    ledTerm = term;
  }

  /** This member leads no more: nothing expires here. */
  public void demote() {
    ledTerm = NONE;
    for (Lease lease : leases.all()) {
      synchronized (lease) {
        lease.setDeadlineNanos(Lease.NO_DEADLINE);
      }
    }
    // Nobody adds to these any more: that is done under a lock, while this member leads.
    checkpoints.forget();
    List<CompletableFuture<Long>> undecided = new ArrayList<>(revoking.values());
    revoking.clear();
    undecided.forEach(
        revocation -> revocation.completeExceptionally(new RequestException(ErrorCode.NOT_LEADER)));
  }

  /** Whether the clocks run here: what this member says of a lease counts. */
  public boolean isLeading() {
    return ledTerm != NONE;
  }

  /** Starts the clock of a lease that has just been granted. */
  private void granted(Lease lease) {
    if (isLeading()) {
      lease.setDeadlineNanos(deadlineIn(lease.ttlSeconds()));
    }
  }

  /**
   * Gives the lease its full time again, once the next leader would, too.
   *
   * <p>Of a lease that has run out nobody is told that it is gone before it is: should this member
   * not get to revoke it, the next leader lets it live on.
   *
   * @return its time to live in seconds; 0 if it does not exist, or ran out and is revoked. Fails
   *     with NOT_LEADER if this member does not lead, and as proposals do.
   */
  public CompletableFuture<Long> renew(long id) {
    long term = ledTerm;
    if (term == NONE) {
      return notLeader();
    }
    Lease lease = leases.find(id);
    if (lease == null) {
      return CompletableFuture.completedFuture(0L);
    }
    boolean hasRunOut;
    CompletableFuture<Result> underWay;
    synchronized (lease) {
      if (ledTerm != term) {
        return notLeader();
      }
      hasRunOut = isExpired(lease);
      underWay = checkpoints.underWay(id);
      if (!hasRunOut && underWay == null && lease.checkpointedSeconds() == 0) {
        lease.setDeadlineNanos(deadlineIn(lease.ttlSeconds()));
        renewed.increment();
        return CompletableFuture.completedFuture(lease.ttlSeconds());
      }
    }
    if (hasRunOut) {
      return revoke(lease, term).copy();
    }
    return checkpoints
        .takeBack(id, term, underWay)
        .thenCompose(done -> ledTerm == term ? renew(id) : notLeader());
  }

  private static <T> CompletableFuture<T> notLeader() {
    return CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER));
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
    List<Lease> all = new ArrayList<>(leases.all());
    all.sort(BY_EXPIRY);
    return all;
  }

  /** Proposes what is due: revocations of leases that ran out, and checkpoints of long ones. */
  public void tick() {
    long term = ledTerm;
    if (term == NONE) {
      return;
    }
    List<Lease> due = new ArrayList<>();
    for (Lease lease : leases.all()) {
      if (isExpired(lease) && !revoking.containsKey(lease.id())) {
        due.add(lease);
      }
    }
    due.sort(BY_EXPIRY);
    for (Lease lease : due.subList(0, Math.min(due.size(), REVOCATIONS_PER_TICK))) {
      if (ledTerm != term) {
        return;
      }
      CompletableFuture<Long> unused = revoke(lease, term);
    }
    checkpoints.proposeIfDue(term);
  }

  public long renewedCount() {
    return renewed.sum();
  }

  public long expiredCount() {
    return expired.sum();
  }

  /** Proposes to revoke a lease that has run out, unless that is under way. */
  private CompletableFuture<Long> revoke(Lease lease, long term) {
    long id = lease.id();
    CompletableFuture<Long> revocation = new CompletableFuture<>();
    synchronized (lease) {
      if (ledTerm != term || !isExpired(lease)) {
        return notLeader(); // Or, for a tick, overtaken by a renewal.
      }
      CompletableFuture<Long> underWay = revoking.putIfAbsent(id, revocation);
      if (underWay != null) {
        return underWay;
      }
    }
    expired.increment();
    propose(new Command.LeaseRevoke(id, term))
        .whenComplete(
            (result, failure) -> {
              revoking.remove(id, revocation);
              if (failure != null) {
                revocation.completeExceptionally(failure);
              } else if (result instanceof Result.Rejected rejected
                  && rejected.code() != ErrorCode.LEASE_NOT_FOUND) {
                revocation.completeExceptionally(new RequestException(rejected.code()));
              } else {
                revocation.complete(0L);
              }
            });
    return revocation;
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
