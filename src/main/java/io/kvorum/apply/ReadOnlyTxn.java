package io.kvorum.apply;

import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.TxnOp;
import io.kvorum.mvcc.MvccStore;
import java.util.ArrayList;
import java.util.List;

/**
 * Evaluates transactions that write nothing: they are not proposed, but read from the local store,
 * each at one revision. Thread-safe; may read from disk.
 *
 * <p>Held by: EtcdctlTxnIT, CoreSimulation.
 */
public final class ReadOnlyTxn {
  private final MvccStore store;

  public ReadOnlyTxn(MvccStore store) {
    this.store = store;
  }

  /** True if both branches hold nothing but ranges; a nested transaction counts as a write. */
  public static boolean isReadOnly(Command.Txn txn) {
    return onlyRanges(txn.success()) && onlyRanges(txn.failure());
  }

  /**
   * Evaluates a transaction that is read-only.
   *
   * @throws io.kvorum.model.RequestException COMPACTED or FUTURE_REVISION
   */
  public Result.Txn evaluate(Command.Txn txn) {
    long revision = store.revision();
    Comparisons comparisons = new Comparisons(query -> store.range(query.atRevision(revision)));
    boolean succeeded = comparisons.allHold(txn.compares());
    List<Result.OfOp> responses = new ArrayList<>();
    for (TxnOp op : succeeded ? txn.success() : txn.failure()) {
      responses.add(read((RangeQuery) op, revision));
    }
    return new Result.Txn(revision, succeeded, responses);
  }

  private Result.Range read(RangeQuery query, long revision) {
    if (query.isBelowZeroAndCompacted(store.compactedRevision())) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    RangeQuery pinned = query.revision() > 0 ? query : query.atRevision(revision);
    Result.Range range = store.range(pinned);
    return new Result.Range(revision, range.kvs(), range.more(), range.count());
  }

  private static boolean onlyRanges(List<TxnOp> ops) {
    for (TxnOp op : ops) {
      if (!(op instanceof RangeQuery)) {
        return false;
      }
    }
    return true;
  }
}
