package io.kvorum.apply;

import io.kvorum.model.Command;
import io.kvorum.model.TxnOp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The path through a transaction: the branch that was chosen, and for each nested transaction in it
 * the path through that. All conditions, the nested ones included, are evaluated on the state
 * before the transaction. Immutable.
 *
 * <p>Held by: ApplierTest, CoreSimulation.
 */
record TxnPath(boolean succeeded, List<Step> steps) {

  /** One operation on the path; {@code nested} is the path through it if it is a transaction. */
  record Step(TxnOp op, @Nullable TxnPath nested) {}

  static TxnPath choose(Command.Txn txn, Comparisons comparisons) {
    boolean succeeded = comparisons.allHold(txn.compares());
    List<TxnOp> ops = succeeded ? txn.success() : txn.failure();
    List<Step> steps = new ArrayList<>(ops.size());
    for (TxnOp op : ops) {
      TxnPath nested = op instanceof Command.Txn inner ? choose(inner, comparisons) : null;
      steps.add(new Step(op, nested));
    }
    return new TxnPath(succeeded, steps);
  }
}
