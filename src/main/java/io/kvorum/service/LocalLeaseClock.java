package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.lease.Lease;
import io.kvorum.lease.LeaseClock;
import io.kvorum.lease.LeaseTable;
import io.kvorum.lease.Lessor;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.concurrent.CompletableFuture;

/**
 * The leases' clocks on the member that leads; elsewhere it fails with NOT_LEADER. That it still
 * leads is confirmed each time: a leader that has been deposed without knowing must not tell
 * anybody that a lease lives on. Thread-safe.
 */
final class LocalLeaseClock implements LeaseClock {
  private static final long GONE = -1;

  private final LeaseTable table;
  private final Lessor expiry;
  private final Consensus consensus;

  LocalLeaseClock(LeaseTable table, Lessor expiry, Consensus consensus) {
    this.table = table;
    this.expiry = expiry;
    this.consensus = consensus;
  }

  @Override
  public CompletableFuture<Long> renew(long leaseId) {
    return asLeader().thenCompose(confirmed -> expiry.renew(leaseId));
  }

  @Override
  public CompletableFuture<Long> remainingSeconds(long leaseId) {
    return asLeader()
        .thenApply(
            confirmed -> {
              Lease lease = table.find(leaseId);
              return lease == null ? GONE : expiry.remainingSeconds(lease);
            });
  }

  private CompletableFuture<Void> asLeader() {
    if (!expiry.isLeading()) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER));
    }
    return consensus
        .readIndex()
        .thenAccept(
            confirmed -> {
              if (!expiry.isLeading()) {
                throw new RequestException(ErrorCode.NOT_LEADER);
              }
            });
  }
}
