package io.kvorum.conformance;

import com.google.protobuf.ByteString;
import io.kvorum.proto.authpb.Permission;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleAddRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGetRequest;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.AuthUserChangePasswordRequest;
import io.kvorum.proto.etcdserverpb.AuthUserDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGetRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.UnlockRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Builds the requests that the tests of auth make, each in its shortest form. */
final class AuthRequests {
  static final int READ = 0;
  static final int WRITE = 1;
  static final int READWRITE = 2;

  private AuthRequests() {}

  static ByteString bytes(String text) {
    return ByteString.copyFrom(text, StandardCharsets.ISO_8859_1);
  }

  static Permission range(int type, String key, String end) {
    return Permission.newBuilder()
        .setPermTypeValue(type)
        .setKey(bytes(key))
        .setRangeEnd(bytes(end))
        .build();
  }

  static AuthUserAddRequest userAdd(String name) {
    return AuthUserAddRequest.newBuilder().setName(name).setPassword(name).build();
  }

  static AuthUserGrantRoleRequest grantRole(String user, String role) {
    return AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build();
  }

  static RangeRequest get(String key, String... end) {
    return RangeRequest.newBuilder()
        .setKey(bytes(key))
        .setRangeEnd(bytes(String.join("", end)))
        .build();
  }

  static PutRequest.Builder put(String key) {
    return PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes("v"));
  }

  static DeleteRangeRequest.Builder delete(String key, String... end) {
    return DeleteRangeRequest.newBuilder()
        .setKey(bytes(key))
        .setRangeEnd(bytes(String.join("", end)));
  }

  static RequestOp op(PutRequest.Builder put) {
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  static RequestOp op(DeleteRangeRequest.Builder delete) {
    return RequestOp.newBuilder().setRequestDeleteRange(delete).build();
  }

  static RequestOp op(TxnRequest.Builder txn) {
    return RequestOp.newBuilder().setRequestTxn(txn).build();
  }

  static RequestOp op(RangeRequest range) {
    return RequestOp.newBuilder().setRequestRange(range).build();
  }

  static TxnRequest.Builder txn(RequestOp... success) {
    return TxnRequest.newBuilder().addAllSuccess(List.of(success));
  }

  static Compare compare(String key, String... end) {
    return Compare.newBuilder()
        .setKey(bytes(key))
        .setRangeEnd(bytes(String.join("", end)))
        .setTarget(Compare.CompareTarget.VERSION)
        .setResult(Compare.CompareResult.GREATER)
        .setVersion(-1)
        .build();
  }

  static LeaseTimeToLiveRequest ttl(long id, boolean keys) {
    return LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(keys).build();
  }

  static LeaseRevokeRequest revoke(long id) {
    return LeaseRevokeRequest.newBuilder().setID(id).build();
  }

  static AlarmRequest alarm(AlarmRequest.AlarmAction action) {
    return AlarmRequest.newBuilder().setAction(action).build();
  }

  static AuthUserGetRequest userGet(String name) {
    return AuthUserGetRequest.newBuilder().setName(name).build();
  }

  static AuthRoleGetRequest roleGet(String name) {
    return AuthRoleGetRequest.newBuilder().setRole(name).build();
  }

  static AuthenticateRequest authenticate(String name, String password) {
    return AuthenticateRequest.newBuilder().setName(name).setPassword(password).build();
  }

  static LeaseGrantRequest leaseGrant(long ttlSeconds) {
    return LeaseGrantRequest.newBuilder().setTTL(ttlSeconds).build();
  }

  static AuthUserDeleteRequest userDelete(String name) {
    return AuthUserDeleteRequest.newBuilder().setName(name).build();
  }

  static AuthUserChangePasswordRequest changePassword(String user, String password) {
    return AuthUserChangePasswordRequest.newBuilder().setName(user).setPassword(password).build();
  }

  static AuthRoleAddRequest roleAdd(String name) {
    return AuthRoleAddRequest.newBuilder().setName(name).build();
  }

  static AuthRoleDeleteRequest roleDelete(String name) {
    return AuthRoleDeleteRequest.newBuilder().setRole(name).build();
  }

  static LockRequest.Builder lock(String name) {
    return LockRequest.newBuilder().setName(bytes(name));
  }

  static UnlockRequest unlock(String key) {
    return UnlockRequest.newBuilder().setKey(bytes(key)).build();
  }

  static CampaignRequest.Builder campaign(String name) {
    return CampaignRequest.newBuilder().setName(bytes(name));
  }

  static LeaderRequest leader(String name) {
    return LeaderRequest.newBuilder().setName(bytes(name)).build();
  }
}
