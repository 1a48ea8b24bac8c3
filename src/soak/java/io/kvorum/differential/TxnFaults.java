package io.kvorum.differential;

import com.google.protobuf.ByteString;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Looks for what rules are about in transactions. Stateless. */
final class TxnFaults {
  private TxnFaults() {}

  /** True if a deletion without end, or of an empty range, begins with a key that is put. */
  static boolean putsWhereADeletionOfNothingBegins(TxnRequest txn) {
    Set<ByteString> puts = new HashSet<>();
    Set<ByteString> begins = new HashSet<>();
    collect(txn, puts, begins);
    begins.retainAll(puts);
    return !begins.isEmpty();
  }

  /** True if it asks for an order, or a target of one, that does not exist. */
  static boolean hasUnknownOrder(RangeRequest range) {
    return range.getSortOrder() == RangeRequest.SortOrder.UNRECOGNIZED
        || range.getSortTarget() == RangeRequest.SortTarget.UNRECOGNIZED;
  }

  /** True if one of its ranges does, nested ones included. */
  static boolean hasUnknownOrder(TxnRequest txn) {
    return Stream.concat(txn.getSuccessList().stream(), txn.getFailureList().stream())
        .anyMatch(
            operation ->
                operation.hasRequestRange() && hasUnknownOrder(operation.getRequestRange())
                    || operation.hasRequestTxn() && hasUnknownOrder(operation.getRequestTxn()));
  }

  private static void collect(TxnRequest txn, Set<ByteString> puts, Set<ByteString> begins) {
    for (List<RequestOp> branch : List.of(txn.getSuccessList(), txn.getFailureList())) {
      for (RequestOp operation : branch) {
        if (operation.hasRequestPut()) {
          puts.add(operation.getRequestPut().getKey());
        } else if (operation.hasRequestDeleteRange()) {
          if (isOfNothing(operation.getRequestDeleteRange())) {
            begins.add(operation.getRequestDeleteRange().getKey());
          }
        } else if (operation.hasRequestTxn()) {
          collect(operation.getRequestTxn(), puts, begins);
        }
      }
    }
  }

  /** As etcd compares its ends: one without end ends before it begins. */
  private static boolean isOfNothing(DeleteRangeRequest deletion) {
    return !deletion.getRangeEnd().isEmpty()
        && ByteString.unsignedLexicographicalComparator()
                .compare(deletion.getRangeEnd(), deletion.getKey())
            <= 0;
  }
}
