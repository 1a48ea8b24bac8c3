package io.kvorum.apply;

import io.kvorum.lease.LeaseTable;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.TxnOp;
import io.kvorum.mvcc.WriteTxn;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs operations inside one transaction of the store: the conditions first, then every check, and
 * only then the operations, so that a transaction happens wholly or not at all. Confined to the
 * Raft thread.
 *
 * <p>Held by: ApplierTest, CoreSimulation.
 */
final class TxnExecution {
  private final WriteTxn txn;
  private final LeaseTable leases;

  TxnExecution(WriteTxn txn, LeaseTable leases) {
    this.txn = txn;
    this.leases = leases;
  }

  /**
   * Runs a transaction.
   *
   * @throws RequestException if a check fails; nothing has been changed then
   */
  Result.Txn run(Command.Txn request) {
    TxnPath path = TxnPath.choose(request, new Comparisons(txn::range));
    check(path);
    return run(path);
  }

  /**
   * Checks a put before anything is changed.
   *
   * @throws RequestException LEASE_NOT_FOUND or KEY_NOT_FOUND
   */
  void check(Command.Put put) {
    if (put.lease() != 0 && leases.find(put.lease()) == null) {
      throw new RequestException(ErrorCode.LEASE_NOT_FOUND);
    }
    if ((put.ignoreValue() || put.ignoreLease()) && !txn.exists(put.key())) {
      throw new RequestException(ErrorCode.KEY_NOT_FOUND);
    }
  }

  Result.Put put(Command.Put put) {
    boolean needsPrevious = put.wantsPrevKv() || put.ignoreValue();
    KeyValue previous = needsPrevious ? txn.get(put.key()) : null;
    Bytes value = put.ignoreValue() && previous != null ? previous.value() : put.value();
    long lease = put.ignoreLease() ? leases.leaseIdOf(put.key()) : put.lease();
    txn.put(put.key(), value, lease);
    leases.attach(put.key(), lease);
    return new Result.Put(txn.revision(), put.wantsPrevKv() ? previous : null);
  }

  Result.DeleteRange deleteRange(Command.DeleteRange request) {
    WriteTxn.Deleted deleted = txn.deleteRange(request.range(), request.wantsPrevKvs());
    deleted.keys().forEach(leases::detach);
    return new Result.DeleteRange(txn.revision(), deleted.keys().size(), deleted.prevKvs());
  }

  private void check(TxnPath path) {
    for (TxnPath.Step step : path.steps()) {
      boolean unused = step.op().accept(new Check(step.nested()));
    }
  }

  /** Only a read at a given revision can fail. */
  private void check(RangeQuery query) {
    if (query.isBelowZeroAndCompacted(txn.compactedRevision())) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    if (query.revision() > 0) {
      txn.range(query.withProjection(RangeQuery.Projection.COUNT_ONLY));
    }
  }

  private Result.Txn run(TxnPath path) {
    List<Result.OfOp> responses = new ArrayList<>(path.steps().size());
    for (TxnPath.Step step : path.steps()) {
      responses.add(step.op().accept(new Run(step.nested())));
    }
    return new Result.Txn(txn.revision(), path.succeeded(), responses);
  }

  /** Checks one operation of the path; returns true, since it throws otherwise. */
  private final class Check implements TxnOp.Visitor<Boolean> {
    private final @Nullable TxnPath nested;

    Check(@Nullable TxnPath nested) {
      this.nested = nested;
    }

    @Override
    public Boolean range(RangeQuery query) {
      TxnExecution.this.check(query);
      return true;
    }

    @Override
    public Boolean put(Command.Put put) {
      TxnExecution.this.check(put);
      return true;
    }

    /** A deletion without keys succeeds. */
    @Override
    public Boolean deleteRange(Command.DeleteRange deleteRange) {
      return true;
    }

    @Override
    public Boolean txn(Command.Txn request) {
      TxnExecution.this.check(pathOf(nested));
      return true;
    }
  }

  /** Runs one operation of the path. */
  private final class Run implements TxnOp.Visitor<Result.OfOp> {
    private final @Nullable TxnPath nested;

    Run(@Nullable TxnPath nested) {
      this.nested = nested;
    }

    @Override
    public Result.OfOp range(RangeQuery query) {
      return txn.range(query);
    }

    @Override
    public Result.OfOp put(Command.Put put) {
      return TxnExecution.this.put(put);
    }

    @Override
    public Result.OfOp deleteRange(Command.DeleteRange deleteRange) {
      return TxnExecution.this.deleteRange(deleteRange);
    }

    @Override
    public Result.OfOp txn(Command.Txn request) {
      return run(pathOf(nested));
    }
  }

  private static TxnPath pathOf(@Nullable TxnPath nested) {
    return Objects.requireNonNull(nested, "a nested transaction has its own path");
  }
}
