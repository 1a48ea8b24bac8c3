package io.kvorum.service;

import io.kvorum.apply.SpaceCost;
import io.kvorum.consensus.Consensus;
import io.kvorum.lease.Lease;
import io.kvorum.lease.LeaseClock;
import io.kvorum.lease.LeaseView;
import io.kvorum.lease.Lessor;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Serves etcd's Lease service. Thread-safe; nothing blocks the caller; fails as {@link KvService}.
 */
public final class LeaseService {
  private static final long MAX_TTL_SECONDS = 9_000_000_000L;
  private static final long NO_SUCH_LEASE = -1;

  private final Access access;
  private final LeaseView leases;
  private final Lessor lessor;
  private final LeaderCall<LeaseClock> clocks;
  private final Consensus consensus;
  private final Proposals proposals;
  private final SpaceQuota quota;
  private final LongSupplier ids;
  private final long minTtlSeconds;
  private final Executor workers;

  /**
   * @param access of the member itself
   * @param clocks on the leader, the only member with clocks for the leases
   * @param ids random numbers, for leases whose client does not choose the id
   * @param minTtlSeconds what a shorter time to live is raised to
   * @param workers runs what looks at all leases
   */
  LeaseService(
      Access access,
      LeaseView leases,
      Lessor lessor,
      LeaderCall<LeaseClock> clocks,
      Consensus consensus,
      Proposals proposals,
      SpaceQuota quota,
      LongSupplier ids,
      long minTtlSeconds,
      Executor workers) {
    this.access = access;
    this.leases = leases;
    this.lessor = lessor;
    this.clocks = clocks;
    this.consensus = consensus;
    this.proposals = proposals;
    this.quota = quota;
    this.ids = ids;
    this.minTtlSeconds = minTtlSeconds;
    this.workers = workers;
  }

  /** The same service for others than the member itself. */
  LeaseService onBehalfOf(Access theirs) {
    return new LeaseService(
        theirs, leases, lessor, clocks, consensus, proposals, quota, ids, minTtlSeconds, workers);
  }

  /**
   * A renewal.
   *
   * @param ttlSeconds 0 if the lease is gone
   */
  public record KeepAlive(long id, long ttlSeconds) {}

  /**
   * What is known of a lease.
   *
   * @param ttlSeconds what is left, rounded down; -1 if the lease does not exist
   */
  public record TimeToLive(long id, long ttlSeconds, long grantedTtlSeconds, List<Bytes> keys) {}

  /** Counts of leases, and of renewals and expiries since the start. */
  public record Stats(long leases, long renewed, long expired) {}

  /**
   * Grants a lease.
   *
   * @param id 0 to have one chosen
   */
  public CompletableFuture<Result.LeaseGrant> grant(long id, long ttlSeconds) {
    return access.foreseen(
        caller -> {
          if (ttlSeconds > MAX_TTL_SECONDS) {
            throw new RequestException(ErrorCode.LEASE_TTL_TOO_LARGE);
          }
          quota.admit(SpaceCost.ofLease());
          Command grant =
              new Command.LeaseGrant(
                  id == 0 ? chooseId() : id, Math.max(ttlSeconds, minTtlSeconds));
          return proposals.propose(access.stamped(grant, caller), Result.LeaseGrant.class);
        });
  }

  public CompletableFuture<Result.LeaseRevoke> revoke(long id) {
    return access.foreseen(
        caller ->
            proposals.propose(
                access.stamped(new Command.LeaseRevoke(id), caller), Result.LeaseRevoke.class));
  }

  public CompletableFuture<KeepAlive> keepAlive(long id) {
    return access.foreseen(
        caller -> access.check().requireWriteOfLease(caller, id),
        caller ->
            clocks
                .query(leader -> leader.renew(id))
                .thenApply(ttlSeconds -> new KeepAlive(id, ttlSeconds)));
  }

  /** Only the leader knows what is left; everything else is known here. */
  public CompletableFuture<TimeToLive> timeToLive(long id, boolean wantsKeys) {
    return access.foreseen(
        caller ->
            remaining(id, wantsKeys)
                .thenApply(
                    found -> {
                      if (wantsKeys) {
                        access.check().requireReadOfKeys(caller, found.keys());
                      }
                      return found;
                    }));
  }

  private CompletableFuture<TimeToLive> remaining(long id, boolean wantsKeys) {
    return clocks
        .query(
            local -> local.remainingSeconds(id),
            remote -> consensus.readIndex().thenCompose(confirmed -> remote.remainingSeconds(id)))
        .thenApply(
            seconds -> {
              Lease lease = seconds == NO_SUCH_LEASE ? null : leases.find(id);
              if (lease == null) {
                return new TimeToLive(id, NO_SUCH_LEASE, 0, List.of());
              }
              List<Bytes> keys = wantsKeys ? List.copyOf(lease.keys()) : List.of();
              return new TimeToLive(id, seconds, lease.ttlSeconds(), keys);
            });
  }

  /** The ids of all leases, the first to expire first. */
  public CompletableFuture<List<Long>> leases() {
    return consensus
        .readIndex()
        .thenComposeAsync(
            confirmed ->
                access.checked(
                    access.check()::requireReadOfAllLeases,
                    () ->
                        CompletableFuture.completedFuture(
                            lessor.byExpiry().stream().map(Lease::id).toList())),
            workers);
  }

  public Stats stats() {
    return new Stats(leases.size(), lessor.renewedCount(), lessor.expiredCount());
  }

  private long chooseId() {
    long id;
    do {
      id = ids.getAsLong() & Long.MAX_VALUE;
    } while (id == 0 || leases.find(id) != null);
    return id;
  }
}
