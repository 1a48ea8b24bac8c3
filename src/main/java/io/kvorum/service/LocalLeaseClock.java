package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.lease.Lease;
import io.kvorum.lease.LeaseClock;
import io.kvorum.lease.LeaseView;
import io.kvorum.lease.Lessor;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.concurrent.CompletableFuture;

/**
 * Renews leases on the leader; on any other member it fails with NOT_LEADER. Leadership is
 * confirmed by a read barrier each time: a leader that was deposed without noticing must not report
 * that a lease is alive. Thread-safe.
 *
 * <p>Held by: LeaseServiceTest, ClusterSimulation.
 */
final class LocalLeaseClock implements LeaseClock {
  private static final long GONE = -1;

  private final LeaseView leases;
  private final Lessor lessor;
  private final Consensus consensus;

  LocalLeaseClock(LeaseView leases, Lessor lessor, Consensus consensus) {
    this.leases = leases;
    this.lessor = lessor;
    this.consensus = consensus;
  }

  @Override
  public CompletableFuture<Long> renew(long leaseId) {
    return asLeader().thenCompose(confirmed -> lessor.renew(leaseId));
  }

  @Override
  public CompletableFuture<Long> remainingSeconds(long leaseId) {
    return asLeader()
        .thenApply(
            confirmed -> {
              Lease lease = leases.find(leaseId);
              return lease == null ? GONE : lessor.remainingSeconds(lease);
            });
  }

  private CompletableFuture<Void> asLeader() {
    if (!lessor.isLeading()) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER));
    }
    return consensus
        .readIndex()
        .thenAccept(
            confirmed -> {
              if (!lessor.isLeading()) {
                throw new RequestException(ErrorCode.NOT_LEADER);
              }
            });
  }
}
