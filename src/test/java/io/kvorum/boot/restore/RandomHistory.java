package io.kvorum.boot.restore;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Writes to a server at random: puts, deletions, transactions, leases, compactions. */
final class RandomHistory {
  private static final int KEYS = 40;

  private final KVGrpc.KVBlockingStub kv;
  private final LeaseGrpc.LeaseBlockingStub lease;
  private final Random random;
  private final List<Long> leases = new ArrayList<>();
  private long nextLease = 1000;
  private long revision = 1;
  private long compacted = -1;

  RandomHistory(ManagedChannel server, Random random) {
    this.kv = KVGrpc.newBlockingStub(server);
    this.lease = LeaseGrpc.newBlockingStub(server);
    this.random = random;
  }

  void write(int steps) {
    for (int i = 0; i < steps; i++) {
      step(random.nextInt(100));
    }
  }

  /** The compact revision, or -1. */
  long compacted() {
    return compacted;
  }

  private void step(int choice) {
    if (choice < 60) {
      revision = kv.put(randomPut(key())).getHeader().getRevision();
    } else if (choice < 75) {
      delete();
    } else if (choice < 90) {
      txn();
    } else if (choice < 96) {
      lease.leaseGrant(
          LeaseGrantRequest.newBuilder().setID(nextLease).setTTL(3_000 + nextLease).build());
      leases.add(nextLease++);
    } else if (choice < 98 && !leases.isEmpty()) {
      long gone = leases.remove(random.nextInt(leases.size()));
      revision =
          lease
              .leaseRevoke(LeaseRevokeRequest.newBuilder().setID(gone).build())
              .getHeader()
              .getRevision();
    } else if (choice == 99 && revision > Math.max(compacted, 1) + 1) {
      compacted += 1 + random.nextInt((int) (revision - Math.max(compacted, 1)));
      kv.compact(CompactionRequest.newBuilder().setRevision(compacted).setPhysical(true).build());
    }
  }

  private void delete() {
    DeleteRangeRequest.Builder request = DeleteRangeRequest.newBuilder().setKey(key());
    if (random.nextInt(4) == 0) {
      request.setRangeEnd(key());
    }
    revision = kv.deleteRange(request.build()).getHeader().getRevision();
  }

  private void txn() {
    ByteString condition = key();
    TxnRequest.Builder txn =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(condition)
                    .setTarget(Compare.CompareTarget.VERSION)
                    .setResult(Compare.CompareResult.GREATER)
                    .setVersion(0));
    int first = random.nextInt(KEYS - 6);
    for (int i = 0; i < 3; i++) {
      txn.addSuccess(RequestOp.newBuilder().setRequestPut(randomPut(key(first + i))));
      txn.addSuccess(
          RequestOp.newBuilder()
              .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key(first + 3 + i))));
    }
    txn.addFailure(RequestOp.newBuilder().setRequestPut(randomPut(condition)));
    revision = kv.txn(txn.build()).getHeader().getRevision();
  }

  private PutRequest randomPut(ByteString key) {
    int length = random.nextInt(40) == 0 ? random.nextInt(200_000) : random.nextInt(100);
    byte[] value = new byte[length];
    random.nextBytes(value);
    PutRequest.Builder put =
        PutRequest.newBuilder().setKey(key).setValue(ByteString.copyFrom(value));
    if (!leases.isEmpty() && random.nextInt(3) == 0) {
      put.setLease(leases.get(random.nextInt(leases.size())));
    }
    return put.build();
  }

  private ByteString key() {
    return key(random.nextInt(KEYS));
  }

  private static ByteString key(int number) {
    return ByteString.copyFromUtf8("key" + number);
  }
}
