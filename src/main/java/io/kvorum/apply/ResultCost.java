package io.kvorum.apply;

import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.Projection;
import io.kvorum.model.TxnOp;
import io.kvorum.mvcc.MvccStore;
import java.util.List;

/**
 * Estimates how much memory the result of a command takes, from the state before it: what is read
 * of ranges, and the versions that it replaces. Immutable; thread-safe.
 *
 * <p>Held by: KvMemoryTest.
 */
public final class ResultCost {
  private final MvccStore store;
  private final long enough;
  private final OpCost opCost = new OpCost();

  /**
   * @param enough where an estimate may stop, since more makes no difference
   */
  public ResultCost(MvccStore store, long enough) {
    this.store = store;
    this.enough = enough;
  }

  public long of(RangeQuery query) {
    return store.estimateBytes(query, enough);
  }

  public long of(Command.Put put) {
    return put.wantsPrevKv() ? of(KeyRange.single(put.key())) : 0;
  }

  public long of(Command.DeleteRange deleteRange) {
    return deleteRange.wantsPrevKvs() ? of(deleteRange.range()) : 0;
  }

  /** That of its conditions, and of the more expensive branch. */
  public long of(Command.Txn txn) {
    long bytes = Math.max(sum(txn.success()), sum(txn.failure()));
    for (Compare compare : txn.compares()) {
      if (!compare.range().isSingle()) {
        bytes += of(compare.range());
      }
    }
    return bytes;
  }

  /** True if the estimate looks at few keys, and so may be made on a network thread. */
  public static boolean isQuick(Command.Txn txn) {
    return txn.compares().stream().allMatch(compare -> compare.range().isSingle())
        && areQuick(txn.success())
        && areQuick(txn.failure());
  }

  private static boolean areQuick(List<TxnOp> ops) {
    return ops.size() <= 8 && ops.stream().allMatch(ResultCost::isQuick);
  }

  private static boolean isQuick(TxnOp op) {
    return op instanceof Command.Put
        || (op instanceof RangeQuery query && query.range().isSingle())
        || (op instanceof Command.DeleteRange delete
            && (!delete.wantsPrevKvs() || delete.range().isSingle()));
  }

  private long of(KeyRange range) {
    return of(RangeQuery.of(range).withProjection(Projection.FULL));
  }

  private long sum(List<TxnOp> ops) {
    long bytes = 0;
    for (TxnOp op : ops) {
      bytes += op.accept(opCost);
    }
    return bytes;
  }

  private final class OpCost implements TxnOp.Visitor<Long> {
    @Override
    public Long range(RangeQuery query) {
      return of(query);
    }

    @Override
    public Long put(Command.Put put) {
      return of(put);
    }

    @Override
    public Long deleteRange(Command.DeleteRange deleteRange) {
      return of(deleteRange);
    }

    @Override
    public Long txn(Command.Txn txn) {
      return of(txn);
    }
  }
}
