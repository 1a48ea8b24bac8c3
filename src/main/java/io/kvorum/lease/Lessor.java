package io.kvorum.lease;

import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Keeps the leader's clocks of the leases: renews them, and proposes to revoke those that have
 * expired.
 *
 * <p>Deadlines are not replicated. A new leader restarts all clocks, with what the last checkpoint
 * left of each, so a lease may live longer than its time, never shorter: while it has a checkpoint,
 * a renewal is not answered before that has been taken back.
 *
 * <p>{@link #tick} is called by one thread, {@link #promote} and {@link #demote} by the Raft
 * thread; everything else by any. A tick that runs when this member is deposed proposes nothing
 * more, and what it proposed takes effect in no other term. A thread that moves the deadline of a
 * lease, or acts on it, holds the lock of the lease.
 */
public final class Lessor {
  /** The most revocations per tick of half a second, as in etcd. */
  private static final int REVOCATIONS_PER_TICK = 500;

  /**
   * The most leases that expire in one second after a change of leaders: fewer than can be revoked
   * in it, so that those that had piled up do not delay the others.
   */
  private static final int EXPIRIES_PER_SECOND = 2 * REVOCATIONS_PER_TICK * 3 / 4;

  private static final Comparator<Expiry> BY_EXPIRY =
      Comparator.comparingLong(Expiry::deadlineNanos)
          .thenComparingLong(expiry -> expiry.lease().id());

  private static final long NONE = 0;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** 146 years: longer times do not fit the nano clock, and are treated as this one. */
  private static final long LONGEST_SECONDS = Long.MAX_VALUE / 2 / NANOS_PER_SECOND;

  private final LeaseView leases;
  private final LongSupplier nanoClock;
  private final LeaseCheckpoints checkpoints;
  private final LongAdder renewed = new LongAdder();
  private final LongAdder expired = new LongAdder();

  /**
   * By expired lease, the revocation that has been proposed; it gives 0 when it is applied. Entered
   * under the lock of the lease, so that it is proposed once.
   */
  private final Map<Long, CompletableFuture<Long>> revoking = new ConcurrentHashMap<>();

  /** The term in which this member is the leader; there is one leader per term. */
  private volatile long ledTerm = NONE;

  /** Set once, by {@link #start}. */
  private Function<Command, CompletableFuture<Result>> proposer = command -> notLeader();

  /** A lease with the deadline that it had when it was looked at: others move it meanwhile. */
  private record Expiry(long deadlineNanos, Lease lease) {}

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
   * Called when this member has become the leader: starts the clock of every lease, with some grace
   * for the change. If too many would expire at once, the later ones get more time.
   *
   * @param term of its leadership, the only one in which its decisions on leases take effect
   */
  public void promote(long graceNanos, long term) {
    for (Lease lease : leases.all()) {
      lease.setDeadlineNanos(deadlineIn(lease.secondsAtPromotion()) + graceNanos);
    }
    List<Lease> all = byExpiry();
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

  /** Called when this member is no longer the leader: nothing expires here. */
  public void demote() {
    ledTerm = NONE;
    for (Lease lease : leases.all()) {
      synchronized (lease) {
        lease.setDeadlineNanos(Lease.NO_DEADLINE);
      }
    }
    // No more entries are added to these: that is done under a lock, while this is the leader.
    checkpoints.forget();
    List<CompletableFuture<Long>> unfinished = new ArrayList<>(revoking.values());
    revoking.clear();
    unfinished.forEach(
        revocation -> revocation.completeExceptionally(new RequestException(ErrorCode.NOT_LEADER)));
  }

  /** Whether the clocks run on this member. */
  public boolean isLeading() {
    return ledTerm != NONE;
  }

  /** Starts the clock of a new lease. */
  private void granted(Lease lease) {
    if (isLeading()) {
      lease.setDeadlineNanos(deadlineIn(lease.ttlSeconds()));
    }
  }

  /**
   * Gives the lease its full time again, once the next leader would do so as well.
   *
   * <p>An expired lease is not reported as gone until its revocation is applied: if this member
   * cannot revoke it, it lives on with the next leader.
   *
   * @return its time to live in seconds; 0 if it does not exist, or had expired and is revoked.
   *     Fails with NOT_LEADER if this member is not the leader, and as proposals do.
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
    boolean hasExpired;
    CompletableFuture<Result> pending;
    synchronized (lease) {
      if (ledTerm != term) {
        return notLeader();
      }
      hasExpired = isExpired(lease);
      pending = checkpoints.pending(id);
      if (!hasExpired && pending == null && lease.checkpointedSeconds() == 0) {
        lease.setDeadlineNanos(deadlineIn(lease.ttlSeconds()));
        renewed.increment();
        return CompletableFuture.completedFuture(lease.ttlSeconds());
      }
    }
    if (hasExpired) {
      return revoke(lease, term).copy();
    }
    return checkpoints
        .takeBack(id, term, pending)
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

  /** All leases, in the order of their expiry as it is now. */
  public List<Lease> byExpiry() {
    return byExpiry(leases.all());
  }

  private static List<Lease> byExpiry(Collection<Lease> leases) {
    return leases.stream()
        .map(lease -> new Expiry(lease.deadlineNanos(), lease))
        .sorted(BY_EXPIRY)
        .map(Expiry::lease)
        .toList();
  }

  /** Proposes what is due: revocations of expired leases, and checkpoints of long ones. */
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
    List<Lease> first = byExpiry(due);
    for (Lease lease : first.subList(0, Math.min(first.size(), REVOCATIONS_PER_TICK))) {
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

  /** Proposes to revoke an expired lease, unless that is pending. */
  private CompletableFuture<Long> revoke(Lease lease, long term) {
    long id = lease.id();
    CompletableFuture<Long> revocation = new CompletableFuture<>();
    synchronized (lease) {
      if (ledTerm != term || !isExpired(lease)) {
        return notLeader(); // In a tick it may also have been renewed meanwhile.
      }
      CompletableFuture<Long> pending = revoking.putIfAbsent(id, revocation);
      if (pending != null) {
        return pending;
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

  /** Far enough from the end of the number range to add a grace. */
  private long deadlineIn(long seconds) {
    long spanNanos = Math.min(seconds, LONGEST_SECONDS) * NANOS_PER_SECOND;
    return nanoClock.getAsLong() + spanNanos;
  }

  private boolean isExpired(Lease lease) {
    return lease.deadlineNanos() <= nanoClock.getAsLong();
  }
}
