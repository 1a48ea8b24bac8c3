package io.kvorum.differential;

import com.google.protobuf.ByteString;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;

/** Makes random requests of KV and Watch, some of which are refused. Not thread-safe. */
final class KvRequests {
  private static final int DEEPEST = 2;
  private static final long FAR_REVISION = 1_000_000;

  private final Keys keys;

  KvRequests(Keys keys) {
    this.keys = keys;
  }

  /**
   * A revision of a sequence that is about so long; 0, below the beginning and in the future too.
   */
  long revision(int length) {
    return switch (keys.number(12)) {
      case 0 -> FAR_REVISION;
      case 1 -> -1;
      case 2 -> 1;
      case 3 -> 0;
      default -> Revisions.START + keys.number(length + 2);
    };
  }

  RangeRequest range(int length) {
    Keys.Range range = keys.range();
    RangeRequest.Builder request =
        RangeRequest.newBuilder().setKey(range.key()).setRangeEnd(range.end());
    if (keys.oneIn(3)) {
      request.setLimit(keys.number(4) - (keys.oneIn(9) ? 1 : 0));
    }
    if (keys.oneIn(3)) {
      request.setRevision(revision(length));
    }
    if (keys.oneIn(2)) {
      request.setSortOrderValue(keys.oneIn(25) ? 7 : keys.number(3));
      request.setSortTargetValue(keys.oneIn(25) ? 9 : keys.number(5));
    }
    if (keys.oneIn(4)) {
      request.setMinModRevision(revision(length)).setMaxModRevision(revision(length));
    }
    if (keys.oneIn(5)) {
      request.setMinCreateRevision(revision(length)).setMaxCreateRevision(revision(length));
    }
    return request
        .setSerializable(keys.oneIn(3))
        .setKeysOnly(keys.oneIn(5))
        .setCountOnly(keys.oneIn(6))
        .build();
  }

  PutRequest put() {
    PutRequest.Builder request =
        PutRequest.newBuilder().setKey(keys.key()).setPrevKv(keys.oneIn(3));
    if (keys.oneIn(8)) {
      request.setIgnoreValue(true);
    }
    if (!keys.oneIn(8) && !(request.getIgnoreValue() && !keys.oneIn(4))) {
      request.setValue(keys.value());
    }
    if (keys.oneIn(8)) {
      request.setIgnoreLease(true);
    }
    if (keys.oneIn(4)) {
      request.setLease(lease());
    }
    return request.build();
  }

  /** A lease that may have been granted. */
  long lease() {
    return keys.oneIn(12) ? keys.number(3) - 1 : 11 + keys.number(4);
  }

  DeleteRangeRequest delete() {
    Keys.Range range = keys.range();
    return DeleteRangeRequest.newBuilder()
        .setKey(range.key())
        .setRangeEnd(range.end())
        .setPrevKv(keys.oneIn(2))
        .build();
  }

  CompactionRequest compact(int length) {
    return CompactionRequest.newBuilder()
        .setRevision(revision(length))
        .setPhysical(keys.oneIn(2))
        .build();
  }

  TxnRequest txn(int length) {
    return txn(length, 0);
  }

  private TxnRequest txn(int length, int depth) {
    TxnRequest.Builder request = TxnRequest.newBuilder();
    for (int i = keys.number(3); i > 0; i--) {
      request.addCompare(compare(length));
    }
    for (int i = keys.number(4); i > 0; i--) {
      request.addSuccess(operation(length, depth));
    }
    for (int i = keys.number(3); i > 0; i--) {
      request.addFailure(operation(length, depth));
    }
    if (depth == 0 && keys.oneIn(40)) {
      for (int i = 0; i < 130; i++) {
        request.addSuccess(
            RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(keys.key())));
      }
    }
    return request.build();
  }

  private RequestOp operation(int length, int depth) {
    RequestOp.Builder operation = RequestOp.newBuilder();
    int kind = keys.number(depth < DEEPEST ? 11 : 9);
    if (kind < 4) {
      operation.setRequestPut(put());
    } else if (kind < 6) {
      operation.setRequestDeleteRange(delete());
    } else if (kind < 9) {
      operation.setRequestRange(range(length));
    } else if (!keys.oneIn(25)) {
      operation.setRequestTxn(txn(length, depth + 1));
    }
    return operation.build();
  }

  private Compare compare(int length) {
    Keys.Range range = keys.oneIn(3) ? keys.range() : new Keys.Range(keys.key(), ByteString.EMPTY);
    Compare.Builder compare =
        Compare.newBuilder()
            .setKey(range.key())
            .setRangeEnd(range.end())
            .setResultValue(keys.oneIn(40) ? 9 : keys.number(4));
    int target = keys.number(5);
    compare.setTargetValue(target);
    if (keys.oneIn(15)) {
      return compare.build();
    }
    switch (keys.oneIn(20) ? keys.number(5) : target) {
      case 0 -> compare.setVersion(keys.number(4));
      case 1 -> compare.setCreateRevision(revision(length));
      case 2 -> compare.setModRevision(revision(length));
      case 3 -> compare.setValue(keys.value());
      default -> compare.setLease(lease());
    }
    return compare.build();
  }

  WatchCreateRequest watch(int length) {
    Keys.Range range = keys.range();
    WatchCreateRequest.Builder request =
        WatchCreateRequest.newBuilder()
            .setKey(range.key())
            .setRangeEnd(range.end())
            .setPrevKv(keys.oneIn(2))
            .setProgressNotify(keys.oneIn(4))
            .setFragment(keys.oneIn(3));
    if (keys.oneIn(2)) {
      request.setStartRevision(revision(length));
    }
    if (keys.oneIn(4)) {
      request.addFiltersValue(keys.number(2));
    }
    if (keys.oneIn(8)) {
      request.setWatchId(keys.number(4));
    }
    return request.build();
  }
}
