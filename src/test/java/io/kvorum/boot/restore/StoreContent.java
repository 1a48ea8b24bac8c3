package io.kvorum.boot.restore;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseStatus;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.mvccpb.KeyValue;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that clients can read of a server: every revision that is not compacted, and the leases.
 *
 * @param states the keys as of each revision
 * @param leases granted time to live and keys
 */
record StoreContent(
    long revision, Map<Long, List<KeyValue>> states, Map<Long, GrantedLease> leases) {
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  /** A lease with the keys that it has now. */
  record GrantedLease(long ttlSeconds, List<ByteString> keys) {}

  /**
   * Reads a server.
   *
   * @param compacted its compact revision, or -1
   */
  static StoreContent of(ManagedChannel server, long compacted) {
    KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(server);
    long revision =
        kv.range(RangeRequest.newBuilder().setKey(ZERO).build()).getHeader().getRevision();
    Map<Long, List<KeyValue>> states = new TreeMap<>();
    for (long at = Math.max(compacted, 1); at <= revision; at++) {
      RangeRequest all =
          RangeRequest.newBuilder().setKey(ZERO).setRangeEnd(ZERO).setRevision(at).build();
      states.put(at, kv.range(all).getKvsList());
    }
    return new StoreContent(revision, states, leases(server));
  }

  private static Map<Long, GrantedLease> leases(ManagedChannel server) {
    LeaseGrpc.LeaseBlockingStub stub = LeaseGrpc.newBlockingStub(server);
    Map<Long, GrantedLease> leases = new TreeMap<>();
    for (LeaseStatus status :
        stub.leaseLeases(LeaseLeasesRequest.getDefaultInstance()).getLeasesList()) {
      LeaseTimeToLiveResponse lease =
          stub.leaseTimeToLive(
              LeaseTimeToLiveRequest.newBuilder().setID(status.getID()).setKeys(true).build());
      List<ByteString> keys =
          lease.getKeysList().stream()
              .sorted(ByteString.unsignedLexicographicalComparator())
              .toList();
      leases.put(status.getID(), new GrantedLease(lease.getGrantedTTL(), keys));
    }
    return leases;
  }
}
