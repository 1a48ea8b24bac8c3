package io.kvorum.service;

import io.kvorum.model.Command;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;

/**
 * etcd's KV service. Thread-safe; nothing blocks the caller. Futures fail with {@link
 * io.kvorum.model.RequestException}, and methods throw it where validation fails.
 */
public final class KvService {
  /**
   * @param serializable true to read this member's own state without asking the leader
   */
  public CompletableFuture<Result.Range> range(RangeQuery query, boolean serializable) {
    throw new UnsupportedOperationException("being built");
  }

  public CompletableFuture<Result.Put> put(Command.Put put) {
    throw new UnsupportedOperationException("being built");
  }

  public CompletableFuture<Result.DeleteRange> deleteRange(Command.DeleteRange deleteRange) {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * @param serializable true if every range in it is, which counts for transactions that only read
   */
  public CompletableFuture<Result.Txn> txn(Command.Txn txn, boolean serializable) {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * @param physical true to wait until the space has been given up
   */
  public CompletableFuture<Result.Compact> compact(long revision, boolean physical) {
    throw new UnsupportedOperationException("being built");
  }
}
