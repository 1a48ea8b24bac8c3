package io.kvorum.differential;

import com.google.protobuf.ByteString;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3electionpb.LeaderKey;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.ProclaimRequest;
import io.kvorum.proto.v3electionpb.ResignRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.UnlockRequest;

/**
 * Makes random requests of Lock and Election, with leases of the client's choice. Not thread-safe.
 */
final class QueueRequests {
  private final Keys keys;
  private final KvRequests kv;

  QueueRequests(Keys keys, KvRequests kv) {
    this.keys = keys;
    this.kv = kv;
  }

  private long lease() {
    return 11 + keys.number(4);
  }

  /** What may have to wait. */
  AuthRequests.Made waiting() {
    return keys.oneIn(2)
        ? new AuthRequests.Made(
            Rpc.LOCK, LockRequest.newBuilder().setName(keys.name()).setLease(lease()).build())
        : new AuthRequests.Made(
            Rpc.CAMPAIGN,
            CampaignRequest.newBuilder()
                .setName(keys.name())
                .setLease(lease())
                .setValue(keys.value())
                .build());
  }

  /** What is answered at once. */
  AuthRequests.Made quick(int length) {
    return switch (keys.number(6)) {
      case 0, 1 ->
          new AuthRequests.Made(Rpc.UNLOCK, UnlockRequest.newBuilder().setKey(key()).build());
      case 2 -> new AuthRequests.Made(Rpc.LEADER, leader());
      case 3 -> proclaim(length);
      default -> resign(length);
    };
  }

  LeaderRequest leader() {
    return LeaderRequest.newBuilder().setName(keys.name()).build();
  }

  private ByteString key() {
    return keys.oneIn(10)
        ? keys.key()
        : keys.name().concat(ByteString.copyFromUtf8("/" + Long.toHexString(lease())));
  }

  private LeaderKey leaderKey(int length) {
    ByteString name = keys.name();
    long lease = lease();
    return LeaderKey.newBuilder()
        .setName(name)
        .setKey(name.concat(ByteString.copyFromUtf8("/" + Long.toHexString(lease))))
        .setRev(kv.revision(length))
        .setLease(lease)
        .build();
  }

  private AuthRequests.Made proclaim(int length) {
    ProclaimRequest.Builder request = ProclaimRequest.newBuilder().setValue(keys.value());
    if (!keys.oneIn(8)) {
      request.setLeader(leaderKey(length));
    }
    return new AuthRequests.Made(Rpc.PROCLAIM, request.build());
  }

  private AuthRequests.Made resign(int length) {
    ResignRequest.Builder request = ResignRequest.newBuilder();
    if (!keys.oneIn(8)) {
      request.setLeader(leaderKey(length));
    }
    return new AuthRequests.Made(Rpc.RESIGN, request.build());
  }
}
