package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.TxnOp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Validates a transaction before it is proposed: too many operations, empty keys, two writes to one
 * key. Stateless.
 */
final class TxnValidation {
  private TxnValidation() {}

  /**
   * @param maxOps the most operations in a list; a nested transaction gets what its parent leaves
   * @throws RequestException with the first violation
   */
  static void validate(Command.Txn txn, int maxOps) {
    checkOps(txn, maxOps);
    Writes.of(txn.success());
    Writes.of(txn.failure());
  }

  private static void checkOps(Command.Txn txn, int maxOps) {
    int most =
        Math.max(txn.compares().size(), Math.max(txn.success().size(), txn.failure().size()));
    if (most > maxOps) {
      throw new RequestException(ErrorCode.TOO_MANY_OPS);
    }
    for (Compare compare : txn.compares()) {
      requireKey(compare.range().from());
    }
    OpCheck check = new OpCheck(maxOps - most);
    txn.success().forEach(op -> op.accept(check));
    txn.failure().forEach(op -> op.accept(check));
  }

  static void requireKey(Bytes key) {
    if (key.isEmpty()) {
      throw new RequestException(ErrorCode.EMPTY_KEY);
    }
  }

  static void validate(Command.Put put) {
    requireKey(put.key());
    if (put.ignoreValue() && !put.value().isEmpty()) {
      throw new RequestException(ErrorCode.VALUE_PROVIDED);
    }
    if (put.ignoreLease() && put.lease() != 0) {
      throw new RequestException(ErrorCode.LEASE_PROVIDED);
    }
  }

  /** Checks one operation; returns true, since it throws otherwise. */
  private record OpCheck(int opsLeft) implements TxnOp.Visitor<Boolean> {
    @Override
    public Boolean range(RangeQuery query) {
      requireKey(query.range().from());
      return true;
    }

    @Override
    public Boolean put(Command.Put put) {
      validate(put);
      return true;
    }

    @Override
    public Boolean deleteRange(Command.DeleteRange deleteRange) {
      requireKey(deleteRange.range().from());
      return true;
    }

    @Override
    public Boolean txn(Command.Txn txn) {
      checkOps(txn, opsLeft);
      return true;
    }
  }

  /**
   * The keys that a branch puts and the ranges that it deletes, nested transactions included. The
   * two branches of a nested transaction may write the same key, since only one of them runs.
   *
   * @param puts true for those that keep the value or the lease of their key
   */
  private record Writes(Map<Bytes, Boolean> puts, List<KeyRange> deletes) {

    static Writes of(List<TxnOp> ops) {
      ByKind kinds = new ByKind(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      for (TxnOp op : ops) {
        boolean unused = op.accept(kinds);
      }
      Writes writes = new Writes(new HashMap<>(), kinds.deletes);
      kinds.nested.forEach(txn -> writes.addNested(of(txn.success()), of(txn.failure())));
      kinds.puts.forEach(put -> writes.addPut(put.key(), put.ignoreValue() || put.ignoreLease()));
      return writes;
    }

    private void addNested(Writes success, Writes failure) {
      Map<Bytes, Boolean> eitherPuts = new HashMap<>(success.puts);
      failure.puts.forEach((key, keeps) -> eitherPuts.merge(key, keeps, Boolean::logicalOr));
      eitherPuts.forEach(this::addPut);
      deletes.addAll(success.deletes);
      deletes.addAll(failure.deletes);
    }

    private void addPut(Bytes key, boolean keeps) {
      boolean isNew = puts.put(key, keeps) == null;
      if (!isNew || deletes.stream().anyMatch(deleted -> clashes(deleted, key, keeps))) {
        throw new RequestException(ErrorCode.DUPLICATE_KEY);
      }
    }

    /**
     * As in etcd, a deletion without end clashes with no put: it takes the end for the key {@code
     * "\0"}. Unlike there it does with a put that would keep what the deletion removes.
     */
    private static boolean clashes(KeyRange deleted, Bytes key, boolean keeps) {
      boolean isOpen = deleted.to() != null && deleted.to().isEmpty();
      return (keeps || !isOpen) && deleted.contains(key);
    }
  }

  /** Sorts the operations of a branch by what they write. */
  private record ByKind(List<Command.Put> puts, List<KeyRange> deletes, List<Command.Txn> nested)
      implements TxnOp.Visitor<Boolean> {
    @Override
    public Boolean range(RangeQuery query) {
      return true;
    }

    @Override
    public Boolean put(Command.Put put) {
      return puts.add(put);
    }

    @Override
    public Boolean deleteRange(Command.DeleteRange deleteRange) {
      return deletes.add(deleteRange.range());
    }

    @Override
    public Boolean txn(Command.Txn txn) {
      return nested.add(txn);
    }
  }
}
