package io.kvorum.service;

import io.kvorum.apply.ReadOnlyTxn;
import io.kvorum.apply.SpaceCost;
import io.kvorum.consensus.Consensus;
import io.kvorum.model.Command;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Serves etcd's KV service. Thread-safe; nothing blocks the caller. Futures fail with {@link
 * io.kvorum.model.RequestException}, and methods throw it where validation fails.
 *
 * <p>Held by: JsonKvIT, CoreSimulation.
 */
public final class KvService {
  private final MvccStore store;
  private final Consensus consensus;
  private final Proposals proposals;
  private final SpaceQuota quota;
  private final ReadOnlyTxn readOnlyTxn;
  private final Executor workers;
  private final int maxTxnOps;

  /**
   * @param workers runs reads that are large or touch the disk
   */
  KvService(
      MvccStore store,
      Consensus consensus,
      Proposals proposals,
      SpaceQuota quota,
      Executor workers,
      int maxTxnOps) {
    this.store = store;
    this.consensus = consensus;
    this.proposals = proposals;
    this.quota = quota;
    this.readOnlyTxn = new ReadOnlyTxn(store);
    this.workers = workers;
    this.maxTxnOps = maxTxnOps;
  }

  /**
   * Reads a range.
   *
   * @param serializable true to read this member's state without a read barrier
   */
  public CompletableFuture<Result.Range> range(RangeQuery query, boolean serializable) {
    TxnValidation.requireKey(query.range().from());
    if (serializable) {
      return readLocally(query);
    }
    CompletableFuture<Void> barrier = consensus.readIndex();
    if (barrier.isDone() && !barrier.isCompletedExceptionally()) {
      return readLocally(query);
    }
    return barrier.thenCompose(confirmed -> readLocally(query));
  }

  public CompletableFuture<Result.Put> put(Command.Put put) {
    TxnValidation.validate(put);
    quota.admit(SpaceCost.of(put));
    return proposals.propose(put, Result.Put.class);
  }

  public CompletableFuture<Result.DeleteRange> deleteRange(Command.DeleteRange deleteRange) {
    TxnValidation.requireKey(deleteRange.range().from());
    return proposals.propose(deleteRange, Result.DeleteRange.class);
  }

  /**
   * Runs a transaction.
   *
   * @param serializable true if every range in it is; ignored unless the transaction only reads
   */
  public CompletableFuture<Result.Txn> txn(Command.Txn txn, boolean serializable) {
    TxnValidation.validate(txn, maxTxnOps);
    if (ReadOnlyTxn.isReadOnly(txn)) {
      CompletableFuture<Void> barrier =
          serializable ? CompletableFuture.completedFuture(null) : consensus.readIndex();
      return barrier.thenApplyAsync(confirmed -> readOnlyTxn.evaluate(txn), workers);
    }
    quota.admit(SpaceCost.of(txn));
    return proposals.propose(txn, Result.Txn.class);
  }

  /**
   * Compacts the history.
   *
   * @param physical true to wait until the history has discarded what was compacted
   */
  public CompletableFuture<Result.Compact> compact(long revision, boolean physical) {
    CompletableFuture<Result.Compact> compacted =
        proposals.propose(new Command.Compact(revision), Result.Compact.class);
    if (!physical) {
      return compacted;
    }
    return compacted.thenCompose(
        result -> store.compactionFinished(revision).thenApply(finished -> result));
  }

  private CompletableFuture<Result.Range> readLocally(RangeQuery query) {
    Result.Range cheap = store.rangeIfCheap(query);
    if (cheap != null) {
      return CompletableFuture.completedFuture(cheap);
    }
    return CompletableFuture.supplyAsync(() -> store.range(query), workers);
  }
}
