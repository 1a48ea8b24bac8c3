package io.kvorum.differential;

import com.google.protobuf.ByteString;
import io.kvorum.model.ErrorCode;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Looks for what rules are about in transactions. Stateless. */
final class TxnFaults {
  private static final int MAX_OPS = 128;

  /** How requests write the end of a range without end. */
  private static final ByteString NO_END = Side.FIRST;

  private TxnFaults() {}

  /** What one of the two branches writes, nested transactions included. */
  private record Writes(List<PutRequest> puts, List<DeleteRangeRequest> deletions) {

    static Stream<Writes> of(TxnRequest txn) {
      return Stream.of(txn.getSuccessList(), txn.getFailureList())
          .map(
              branch -> {
                Writes writes = new Writes(new ArrayList<>(), new ArrayList<>());
                branch.forEach(writes::add);
                return writes;
              });
    }

    private void add(RequestOp operation) {
      if (operation.hasRequestPut()) {
        puts.add(operation.getRequestPut());
      } else if (operation.hasRequestDeleteRange()) {
        deletions.add(operation.getRequestDeleteRange());
      } else if (operation.hasRequestTxn()) {
        operations(operation.getRequestTxn()).forEach(this::add);
      }
    }

    /** True where two writes may be to one key; whether they are is not worked out. */
    boolean mayClash() {
      long keys = puts.stream().map(PutRequest::getKey).distinct().count();
      return keys < puts.size() || !puts.isEmpty() && !deletions.isEmpty();
    }
  }

  private static Stream<RequestOp> operations(TxnRequest txn) {
    return Stream.concat(txn.getSuccessList().stream(), txn.getFailureList().stream());
  }

  /** True if a deletion without end, or of an empty range, is not the only one of its branch. */
  static boolean deletesNothingBesideAnother(TxnRequest txn) {
    return Writes.of(txn)
        .anyMatch(
            writes ->
                writes.deletions().size() > 1
                    && writes.deletions().stream().anyMatch(TxnFaults::isOfNothing));
  }

  /** True if a put that keeps a value or a lease has a deletion without end in its branch. */
  static boolean keepsBesideDeletionWithoutEnd(TxnRequest txn) {
    return Writes.of(txn)
        .anyMatch(
            writes ->
                writes.puts().stream().anyMatch(put -> put.getIgnoreValue() || put.getIgnoreLease())
                    && writes.deletions().stream()
                        .anyMatch(deletion -> deletion.getRangeEnd().equals(NO_END)));
  }

  /** As etcd compares its ends: one without end ends before it begins. */
  private static boolean isOfNothing(DeleteRangeRequest deletion) {
    return !deletion.getRangeEnd().isEmpty()
        && ByteString.unsignedLexicographicalComparator()
                .compare(deletion.getRangeEnd(), deletion.getKey())
            <= 0;
  }

  /** True if it asks for an order, or a target of one, that does not exist. */
  static boolean hasUnknownOrder(RangeRequest range) {
    return range.getSortOrder() == RangeRequest.SortOrder.UNRECOGNIZED
        || range.getSortTarget() == RangeRequest.SortTarget.UNRECOGNIZED;
  }

  /** True if one of its ranges does, nested ones included. */
  static boolean hasUnknownOrder(TxnRequest txn) {
    return of(txn).contains(ErrorCode.INVALID_SORT_OPTION);
  }

  /** What is wrong with a transaction whatever is in the store, nested ones included. */
  static Set<ErrorCode> of(TxnRequest txn) {
    EnumSet<ErrorCode> faults = EnumSet.noneOf(ErrorCode.class);
    collect(txn, MAX_OPS, faults);
    if (Writes.of(txn).anyMatch(Writes::mayClash)) {
      faults.add(ErrorCode.DUPLICATE_KEY);
    }
    return faults;
  }

  private static void collect(TxnRequest txn, int opsLeft, Set<ErrorCode> faults) {
    int most =
        Math.max(txn.getCompareCount(), Math.max(txn.getSuccessCount(), txn.getFailureCount()));
    if (most > opsLeft) {
      faults.add(ErrorCode.TOO_MANY_OPS);
    }
    if (txn.getCompareList().stream().anyMatch(compare -> compare.getKey().isEmpty())) {
      faults.add(ErrorCode.EMPTY_KEY);
    }
    operations(txn).forEach(operation -> collect(operation, opsLeft - most, faults));
  }

  private static void collect(RequestOp operation, int opsLeft, Set<ErrorCode> faults) {
    switch (operation.getRequestCase()) {
      case REQUEST_RANGE -> {
        RangeRequest range = operation.getRequestRange();
        note(range.getKey().isEmpty(), ErrorCode.EMPTY_KEY, faults);
        note(hasUnknownOrder(range), ErrorCode.INVALID_SORT_OPTION, faults);
      }
      case REQUEST_PUT -> {
        PutRequest put = operation.getRequestPut();
        boolean hasValue = !put.getValue().isEmpty();
        note(put.getKey().isEmpty(), ErrorCode.EMPTY_KEY, faults);
        note(put.getIgnoreValue() && hasValue, ErrorCode.VALUE_PROVIDED, faults);
        note(put.getIgnoreLease() && put.getLease() != 0, ErrorCode.LEASE_PROVIDED, faults);
      }
      case REQUEST_DELETE_RANGE -> {
        boolean hasNoKey = operation.getRequestDeleteRange().getKey().isEmpty();
        note(hasNoKey, ErrorCode.EMPTY_KEY, faults);
      }
      case REQUEST_TXN -> collect(operation.getRequestTxn(), opsLeft, faults);
      case REQUEST_NOT_SET -> faults.add(ErrorCode.KEY_NOT_FOUND);
    }
  }

  private static void note(boolean isSo, ErrorCode fault, Set<ErrorCode> faults) {
    if (isSo) {
      faults.add(fault);
    }
  }
}
