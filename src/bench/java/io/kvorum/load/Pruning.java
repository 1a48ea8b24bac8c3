package io.kvorum.load;

import com.google.protobuf.ByteString;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.ServerKind;
import java.util.List;

/** Deletes and compacts what a benchmark has written. Stateless. */
final class Pruning {
  private static final int DELETED_AT_ONCE = 1_000;

  private Pruning() {}

  /** Flags of a server that does so only when it is asked to, and is never full. */
  static List<String> flags(ServerKind kind) {
    String quota = "--quota-backend-bytes=" + (64L << 30);
    return kind == ServerKind.ETCD
        ? List.of(quota, "--auto-compaction-retention=0")
        : List.of(quota, "--auto-compaction-retention=0", "--auto-defrag-free-ratio=0");
  }

  /** Deletes the first half of the keys. */
  static void deleteHalf(KVGrpc.KVBlockingStub kv, Keys keys) {
    int half = keys.count() / 2;
    for (int from = 0; from < half; from += DELETED_AT_ONCE) {
      int to = Math.min(from + DELETED_AT_ONCE, half);
      kv.deleteRange(
          DeleteRangeRequest.newBuilder()
              .setKey(ByteString.copyFrom(keys.key(from)))
              .setRangeEnd(ByteString.copyFrom(keys.key(to)))
              .build());
    }
  }

  /** Compacts at the head, and returns when the space has been given up. */
  static void compact(KVGrpc.KVBlockingStub kv) {
    long head =
        kv.range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("head")).build())
            .getHeader()
            .getRevision();
    kv.compact(CompactionRequest.newBuilder().setRevision(head).setPhysical(true).build());
  }
}
