package io.kvorum.differential;

import com.google.protobuf.ByteString;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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
