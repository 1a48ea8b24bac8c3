package io.kvorum.differential;

import com.google.protobuf.Message;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.DowngradeRequest;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.HashRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.MemberAddRequest;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.MemberPromoteRequest;
import io.kvorum.proto.etcdserverpb.MemberRemoveRequest;
import io.kvorum.proto.etcdserverpb.MemberUpdateRequest;
import io.kvorum.proto.etcdserverpb.MoveLeaderRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import java.util.ArrayList;
import java.util.List;

/** Makes random requests of Lease, Cluster and Maintenance. Not thread-safe. */
final class CareRequests {
  private static final List<String> VERSIONS = List.of("3.6", "3.6.0", "3.5", "3.8", "x", "", "3");

  /**
   * Of members that are never there, without the port: nothing listens, and no vote is asked of a
   * learner. One that is added again in the same second would have the same id.
   */
  private static final String LEARNER_URL = "http://127.0.0.1:";

  private final Keys keys;
  private final KvRequests kv;

  CareRequests(Keys keys, KvRequests kv) {
    this.keys = keys;
    this.kv = kv;
  }

  AuthRequests.Made lease() {
    return switch (keys.number(9)) {
      case 0, 1, 2, 3 -> grant();
      case 4 -> made(Rpc.LEASE_REVOKE, LeaseRevokeRequest.newBuilder().setID(kv.lease()).build());
      case 5 -> made(Rpc.LEASES, LeaseLeasesRequest.getDefaultInstance());
      default ->
          made(
              Rpc.LEASE_TTL,
              LeaseTimeToLiveRequest.newBuilder().setID(kv.lease()).setKeys(keys.oneIn(2)).build());
    };
  }

  /** Long enough to outlive the sequence, or refused. */
  private AuthRequests.Made grant() {
    long seconds =
        keys.oneIn(20) ? 9_000_000_001L : keys.oneIn(20) ? 9_000_000_000L : 300 + keys.number(9);
    return made(
        Rpc.LEASE_GRANT, LeaseGrantRequest.newBuilder().setID(kv.lease()).setTTL(seconds).build());
  }

  List<LeaseKeepAliveRequest> renewals() {
    List<LeaseKeepAliveRequest> requests = new ArrayList<>();
    for (int i = keys.number(4); i > 0; i--) {
      requests.add(LeaseKeepAliveRequest.newBuilder().setID(kv.lease()).build());
    }
    return requests;
  }

  /** What changes nothing, or is refused, apart from learners, which come and go. */
  AuthRequests.Made cluster() {
    return switch (keys.number(9)) {
      case 0, 1 ->
          made(
              Rpc.MEMBER_LIST,
              MemberListRequest.newBuilder().setLinearizable(keys.oneIn(2)).build());
      case 2 ->
          made(
              Rpc.MEMBER_ADD,
              MemberAddRequest.newBuilder()
                  .addPeerURLs(keys.oneOf(List.of("nourl", "", "127.0.0.1:1", "http://x/path")))
                  .setIsLearner(keys.oneIn(2))
                  .build());
      case 3 -> made(Rpc.MEMBER_ADD, MemberAddRequest.getDefaultInstance());
      case 4 ->
          made(
              Rpc.MEMBER_ADD,
              MemberAddRequest.newBuilder()
                  .addPeerURLs(LEARNER_URL + (1 + keys.number(900)))
                  .setIsLearner(true)
                  .build());
      case 5 ->
          made(
              Rpc.MEMBER_REMOVE,
              MemberRemoveRequest.newBuilder().setID(2 + keys.number(3)).build());
      case 6 ->
          made(
              Rpc.MEMBER_PROMOTE,
              MemberPromoteRequest.newBuilder().setID(1 + keys.number(3)).build());
      default ->
          made(
              Rpc.MEMBER_UPDATE,
              MemberUpdateRequest.newBuilder()
                  .setID(2 + keys.number(2))
                  .addPeerURLs(keys.oneOf(List.of("nourl", LEARNER_URL + 1)))
                  .build());
    };
  }

  AuthRequests.Made maintenance(int length) {
    return switch (keys.number(12)) {
      case 0 -> made(Rpc.STATUS, StatusRequest.getDefaultInstance());
      case 1, 2, 3 ->
          made(
              Rpc.HASH_KV,
              HashKVRequest.newBuilder()
                  .setRevision(keys.oneIn(2) ? 0 : kv.revision(length))
                  .build());
      case 4 -> made(Rpc.HASH, HashRequest.getDefaultInstance());
      case 5 ->
          made(Rpc.MOVE_LEADER, MoveLeaderRequest.newBuilder().setTargetID(keys.number(4)).build());
      case 6 ->
          made(
              Rpc.DOWNGRADE,
              DowngradeRequest.newBuilder()
                  .setActionValue(keys.oneIn(4) ? 2 : keys.oneIn(8) ? 9 : 0)
                  .setVersion(keys.oneOf(VERSIONS))
                  .build());
      case 7 -> made(Rpc.DEFRAGMENT, DefragmentRequest.getDefaultInstance());
      default -> alarm();
    };
  }

  private AuthRequests.Made alarm() {
    return made(
        Rpc.ALARM,
        AlarmRequest.newBuilder()
            .setActionValue(keys.number(3))
            .setMemberID(keys.number(4))
            .setAlarmValue(keys.oneIn(20) ? 9 : keys.number(3))
            .build());
  }

  private static AuthRequests.Made made(Rpc rpc, Message request) {
    return new AuthRequests.Made(rpc, request);
  }
}
