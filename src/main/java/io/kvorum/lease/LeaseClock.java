package io.kvorum.lease;

import java.util.concurrent.CompletableFuture;

/**
 * The leases as the leader knows them: it alone has clocks for them. Either here or by way of
 * another member. Thread-safe; nothing blocks. Fails with {@link io.kvorum.model.RequestException},
 * NOT_LEADER among them.
 */
public interface LeaseClock {

  /** Gives the lease its full time again: its time to live in seconds, 0 if it is gone. */
  CompletableFuture<Long> renew(long leaseId);

  /** What is left of it, in seconds rounded down; -1 if it is gone. */
  CompletableFuture<Long> remainingSeconds(long leaseId);
}
