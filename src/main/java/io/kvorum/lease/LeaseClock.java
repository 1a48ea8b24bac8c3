package io.kvorum.lease;

import java.util.concurrent.CompletableFuture;

/**
 * Renews leases on the leader, which alone has clocks for them: on this member or over the network.
 * Thread-safe; nothing blocks. Fails with {@link io.kvorum.model.RequestException}, NOT_LEADER
 * among the codes.
 */
public interface LeaseClock {

  /** Renews the lease: its time to live in seconds, 0 if it is gone. */
  CompletableFuture<Long> renew(long leaseId);

  /** The time that is left, in seconds rounded down; -1 if the lease is gone. */
  CompletableFuture<Long> remainingSeconds(long leaseId);
}
