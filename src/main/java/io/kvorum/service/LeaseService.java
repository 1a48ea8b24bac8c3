package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.model.Result;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** etcd's Lease service. Thread-safe; nothing blocks the caller; fails as {@link KvService}. */
public final class LeaseService {
  /**
   * @param ttlSeconds 0 if the lease is gone
   */
  public record KeepAlive(long id, long ttlSeconds) {}

  /**
   * @param ttlSeconds what is left, rounded down; -1 if the lease does not exist
   */
  public record TimeToLive(long id, long ttlSeconds, long grantedTtlSeconds, List<Bytes> keys) {}

  /**
   * @param id 0 to have one chosen
   */
  public CompletableFuture<Result.LeaseGrant> grant(long id, long ttlSeconds) {
    throw new UnsupportedOperationException("being built");
  }

  public CompletableFuture<Result.LeaseRevoke> revoke(long id) {
    throw new UnsupportedOperationException("being built");
  }

  public CompletableFuture<KeepAlive> keepAlive(long id) {
    throw new UnsupportedOperationException("being built");
  }

  public CompletableFuture<TimeToLive> timeToLive(long id, boolean wantsKeys) {
    throw new UnsupportedOperationException("being built");
  }

  /** The ids of all leases, the first to expire first. */
  public CompletableFuture<List<Long>> leases() {
    throw new UnsupportedOperationException("being built");
  }
}
