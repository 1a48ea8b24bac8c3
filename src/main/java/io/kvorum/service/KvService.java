package io.kvorum.service;

import io.kvorum.apply.ReadOnlyTxn;
import io.kvorum.apply.ResultCost;
import io.kvorum.apply.SpaceCost;
import io.kvorum.auth.Right;
import io.kvorum.consensus.Consensus;
import io.kvorum.model.Command;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Principal;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.model.TxnOp;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.support.Futures;
import io.kvorum.support.MemoryBudget;
import io.kvorum.support.MemoryBudget.Account;
import io.kvorum.support.MemoryBudget.Hold;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Serves etcd's KV service. Thread-safe; nothing blocks the caller. Futures fail with {@link
 * io.kvorum.model.RequestException}, and methods throw it where validation fails.
 *
 * <p>Held by: JsonKvIT, CoreSimulation.
 */
public final class KvService {
  /** A request is kept as a command and as an entry of the log. */
  private static final long REQUEST_WEIGHT = 2;

  /** The objects that an operation of a transaction consists of. */
  private static final long OPERATION_BYTES = 300;

  /** Pieces of a range up to this size are what a stream has in flight anyway. */
  private static final long FREE_PIECE_BYTES = 2 << 20;

  private static final CompletableFuture<Void> ALLOWED = CompletableFuture.completedFuture(null);

  private final MvccStore store;
  private final Consensus consensus;
  private final Proposals proposals;
  private final SpaceQuota quota;
  private final ReadOnlyTxn readOnlyTxn;
  private final Executor workers;
  private final Account own;
  private final ResultCost resultCost;
  private final int maxTxnOps;
  private final Access access;

  /**
   * @param access of the member itself
   * @param memory what requests and results are taken from
   * @param workers runs reads that are large or touch the disk
   */
  KvService(
      Access access,
      MvccStore store,
      Consensus consensus,
      Proposals proposals,
      SpaceQuota quota,
      MemoryBudget memory,
      Executor workers,
      int maxTxnOps) {
    this.access = access;
    this.store = store;
    this.consensus = consensus;
    this.proposals = proposals;
    this.quota = quota;
    this.readOnlyTxn = new ReadOnlyTxn(store);
    this.own = memory.newAccount();
    this.resultCost = new ResultCost(store, memory.share());
    this.workers = workers;
    this.maxTxnOps = maxTxnOps;
  }

  private KvService(KvService same, Access access) {
    this.access = access;
    this.store = same.store;
    this.consensus = same.consensus;
    this.proposals = same.proposals;
    this.quota = same.quota;
    this.readOnlyTxn = same.readOnlyTxn;
    this.own = same.own;
    this.resultCost = same.resultCost;
    this.workers = same.workers;
    this.maxTxnOps = same.maxTxnOps;
  }

  /** The same service for others than the member itself. */
  KvService onBehalfOf(Access theirs) {
    return new KvService(this, theirs);
  }

  /**
   * Reads a range whose size its caller bounds, with a limit or by asking for no keys.
   *
   * @param serializable true to read this member's state without a read barrier
   */
  public CompletableFuture<Result.Range> range(RangeQuery query, boolean serializable) {
    return afterBarrier(query, serializable, access::read, () -> readLocally(query));
  }

  /**
   * Reads a range of any size.
   *
   * @param serializable true to read this member's state without a read barrier
   * @param hold takes what the result needs in memory, before it is read
   */
  public CompletableFuture<Result.Range> range(RangeQuery query, boolean serializable, Hold hold) {
    return afterBarrier(query, serializable, access::read, () -> readWithRoom(query, hold));
  }

  /** Reads the pieces of one range; each takes what it needs in memory before it is read. */
  public RangeScan.Reader pieces() {
    PieceAccess caller = new PieceAccess(access);
    return (query, serializable, bytes, hold) ->
        readPiece(query, serializable, bytes, hold, caller::read);
  }

  private CompletableFuture<Result.Range> readPiece(
      RangeQuery query, boolean serializable, long bytes, Hold hold, Gate gate) {
    return afterBarrier(
        query,
        serializable,
        gate,
        () -> {
          Result.Range cheap = store.rangeIfCheap(query);
          return cheap != null && isPiece(bytesOf(cheap), bytes, hold)
              ? CompletableFuture.completedFuture(cheap)
              : onWorker(
                  hold,
                  () -> {
                    RangeQuery fitting = fitted(query, bytes);
                    return withRoom(hold, resultCost.of(fitting), () -> store.range(fitting));
                  });
        });
  }

  /** Whether a cheap range fits into a piece, and there is room for it if it takes any. */
  private static boolean isPiece(long size, long bytes, Hold hold) {
    return size <= bytes && (bytes <= FREE_PIECE_BYTES || hold.tryTake(size));
  }

  /** The same query for fewer keys, so that the result takes about that much. */
  private RangeQuery fitted(RangeQuery query, long bytes) {
    RangeQuery fitting = query;
    while (fitting.limit() > 1 && store.estimateBytes(fitting, 2 * bytes) > 2 * bytes) {
      fitting = fitting.withLimit(fitting.limit() / 2);
    }
    return fitting;
  }

  private static long bytesOf(Result.Range range) {
    long bytes = 0;
    for (KeyValue kv : range.kvs()) {
      bytes += kv.key().length() + kv.value().length();
    }
    return bytes;
  }

  /** Reads on behalf of one who may. */
  @FunctionalInterface
  private interface Gate {
    CompletableFuture<Result.Range> read(
        Consumer<Principal> permission, Supplier<CompletableFuture<Result.Range>> reading);
  }

  private CompletableFuture<Result.Range> afterBarrier(
      RangeQuery query,
      boolean serializable,
      Gate gate,
      Supplier<CompletableFuture<Result.Range>> reading) {
    TxnValidation.requireKey(query.range().from());
    Supplier<CompletableFuture<Result.Range>> allowed =
        () -> gate.read(caller -> access.check().require(caller, query), reading);
    if (serializable) {
      return allowed.get();
    }
    return Futures.then(consensus.readIndex(), confirmed -> allowed.get());
  }

  /** Completes if the caller may read a range now, by what this member knows. */
  CompletableFuture<Void> requireRead(KeyRange range) {
    return access.checked(
        caller -> access.state().require(caller, Right.READ, range), () -> ALLOWED);
  }

  /** Completes if the caller may run a transaction, by what this member or the cluster knows. */
  CompletableFuture<Void> require(Command.Txn txn) {
    return access.foreseen(caller -> access.check().require(caller, txn), allowed -> ALLOWED);
  }

  private <R extends Result> CompletableFuture<R> propose(
      Command command, Principal caller, Class<R> resultType) {
    return proposals.propose(access.stamped(command, caller), resultType);
  }

  /** Puts a key for the member itself. */
  public CompletableFuture<Result.Put> put(Command.Put put) {
    return ofOwn(hold -> put(put, hold));
  }

  /** Deletes keys for the member itself. */
  public CompletableFuture<Result.DeleteRange> deleteRange(Command.DeleteRange deleteRange) {
    return ofOwn(hold -> deleteRange(deleteRange, hold));
  }

  /** Runs a transaction for the member itself. */
  public CompletableFuture<Result.Txn> txn(Command.Txn txn, boolean serializable) {
    return ofOwn(hold -> txn(txn, serializable, hold));
  }

  private <R> CompletableFuture<R> ofOwn(Function<Hold, CompletableFuture<R>> call) {
    Hold hold = own.open();
    try {
      return call.apply(hold).whenComplete((result, failure) -> hold.close());
    } catch (RuntimeException refused) {
      hold.close();
      throw refused;
    }
  }

  /**
   * Puts a key.
   *
   * @param hold takes what the request and its result need in memory, before it is proposed
   */
  public CompletableFuture<Result.Put> put(Command.Put put, Hold hold) {
    TxnValidation.validate(put);
    Function<Principal, CompletableFuture<Result.Put>> putting =
        caller -> {
          quota.admit(SpaceCost.of(put));
          long bytes = put.key().length() + put.value().length();
          return afterRoom(
              hold,
              REQUEST_WEIGHT * bytes + resultCost.of(put),
              () -> propose(put, caller, Result.Put.class));
        };
    return put.wantsPrevKv()
        ? access.foreseen(caller -> access.check().require(caller, put), putting)
        : access.foreseen(putting);
  }

  /**
   * Deletes keys.
   *
   * @param hold takes what the result needs in memory, before it is proposed
   */
  public CompletableFuture<Result.DeleteRange> deleteRange(
      Command.DeleteRange deleteRange, Hold hold) {
    TxnValidation.requireKey(deleteRange.range().from());
    return deleteRange.wantsPrevKvs()
        ? access.foreseen(
            caller -> access.check().require(caller, deleteRange),
            caller ->
                onWorker(
                    hold,
                    () ->
                        afterRoom(
                            hold,
                            resultCost.of(deleteRange),
                            () -> propose(deleteRange, caller, Result.DeleteRange.class))))
        : access.foreseen(caller -> propose(deleteRange, caller, Result.DeleteRange.class));
  }

  /**
   * Runs a transaction.
   *
   * @param serializable true if every range in it is; ignored unless the transaction only reads
   * @param hold takes what the request and its result need in memory, before it is run
   */
  public CompletableFuture<Result.Txn> txn(Command.Txn txn, boolean serializable, Hold hold) {
    TxnValidation.validate(txn, maxTxnOps);
    long cost = OPERATION_BYTES * operations(txn);
    if (ReadOnlyTxn.isReadOnly(txn)) {
      return afterRoom(hold, cost, () -> read(txn, serializable, hold));
    }
    Function<Principal, CompletableFuture<Result.Txn>> writing =
        caller -> afterRoom(hold, cost, () -> write(txn, caller, hold));
    return isEmpty(txn)
        ? access.with(writing)
        : access.foreseen(caller -> access.check().require(caller, txn), writing);
  }

  /** Whether it names no key: that needs nothing, as in etcd. */
  private static boolean isEmpty(Command.Txn txn) {
    return txn.compares().isEmpty()
        && Stream.concat(txn.success().stream(), txn.failure().stream())
            .allMatch(op -> op instanceof Command.Txn nested && isEmpty(nested));
  }

  private static int operations(Command.Txn txn) {
    int operations = txn.compares().size() + txn.success().size() + txn.failure().size();
    for (List<TxnOp> branch : List.of(txn.success(), txn.failure())) {
      for (TxnOp op : branch) {
        operations += op instanceof Command.Txn nested ? operations(nested) : 0;
      }
    }
    return operations;
  }

  private CompletableFuture<Result.Txn> read(Command.Txn txn, boolean serializable, Hold hold) {
    CompletableFuture<Void> barrier =
        serializable ? CompletableFuture.completedFuture(null) : consensus.readIndex();
    return barrier.thenCompose(
        confirmed ->
            access.read(
                caller -> access.check().require(caller, txn),
                () ->
                    onWorker(
                        hold,
                        () ->
                            withRoom(hold, resultCost.of(txn), () -> readOnlyTxn.evaluate(txn)))));
  }

  private CompletableFuture<Result.Txn> write(Command.Txn txn, Principal caller, Hold hold) {
    long written = SpaceCost.of(txn);
    quota.admit(written);
    Supplier<CompletableFuture<Result.Txn>> proposal =
        () ->
            afterRoom(
                hold,
                REQUEST_WEIGHT * written + resultCost.of(txn),
                () -> propose(txn, caller, Result.Txn.class));
    if (ResultCost.isQuick(txn)) {
      return proposal.get();
    }
    return onWorker(hold, proposal);
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

  /**
   * What is cached is there already; but the cache may let go of it while the result waits, so that
   * it takes room like any other.
   */
  private CompletableFuture<Result.Range> readWithRoom(RangeQuery query, Hold hold) {
    Result.Range cheap = store.rangeIfCheap(query);
    if (cheap != null) {
      long bytes = bytesOf(cheap);
      if (bytes <= ClientLimits.FREE_BYTES || hold.tryTake(bytes)) {
        return CompletableFuture.completedFuture(cheap);
      }
    }
    return onWorker(hold, () -> withRoom(hold, resultCost.of(query), () -> store.range(query)));
  }

  /** Does nothing if nobody wants the result any more when its turn comes. */
  private <R> CompletableFuture<R> onWorker(Hold hold, Supplier<CompletableFuture<R>> task) {
    return CompletableFuture.supplyAsync(
            () -> {
              stopIfAbandoned(hold);
              return task.get();
            },
            workers)
        .thenCompose(Function.identity());
  }

  private static void stopIfAbandoned(Hold hold) {
    if (hold.isAbandoned()) {
      throw new CancellationException("the call is over");
    }
  }

  /** Reads once there is room: on this worker if there is now, else on another one. */
  private <R> CompletableFuture<R> withRoom(Hold hold, long cost, Supplier<R> read) {
    CompletableFuture<Void> room = hold.take(cost);
    return room.isDone() && !room.isCompletedExceptionally()
        ? CompletableFuture.completedFuture(read.get())
        : room.thenApplyAsync(
            taken -> {
              stopIfAbandoned(hold);
              return read.get();
            },
            workers);
  }

  /** What is small is covered by what each call holds from its beginning. */
  private static <R> CompletableFuture<R> afterRoom(
      Hold hold, long cost, Supplier<CompletableFuture<R>> next) {
    return cost <= ClientLimits.FREE_BYTES
        ? next.get()
        : hold.take(cost).thenCompose(taken -> next.get());
  }
}
