package io.kvorum.apply;

import io.kvorum.model.Command;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.TxnOp;
import java.util.List;

/**
 * Estimates what a command may add to the store, in bytes, as etcd's quota counts it. Stateless.
 *
 * <p>Held by: ApplierTest, CoreSimulation.
 */
public final class SpaceCost {
  private static final long KEY_OVERHEAD = 256;
  private static final long LEASE_OVERHEAD = 64;
  private static final OpCost OP_COST = new OpCost();

  private SpaceCost() {}

  public static long of(Command.Put put) {
    return KEY_OVERHEAD + put.key().length() + put.value().length();
  }

  /** That of the more expensive branch. */
  public static long of(Command.Txn txn) {
    return Math.max(sum(txn.success()), sum(txn.failure()));
  }

  public static long ofLease() {
    return LEASE_OVERHEAD;
  }

  private static long sum(List<TxnOp> ops) {
    long bytes = 0;
    for (TxnOp op : ops) {
      bytes += op.accept(OP_COST);
    }
    return bytes;
  }

  private static final class OpCost implements TxnOp.Visitor<Long> {
    @Override
    public Long range(RangeQuery query) {
      return 0L;
    }

    @Override
    public Long put(Command.Put put) {
      return of(put);
    }

    @Override
    public Long deleteRange(Command.DeleteRange deleteRange) {
      return 0L;
    }

    @Override
    public Long txn(Command.Txn txn) {
      return of(txn);
    }
  }
}
