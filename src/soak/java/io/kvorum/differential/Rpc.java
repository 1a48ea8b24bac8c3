package io.kvorum.differential;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.ClusterGrpc;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.v3electionpb.ElectionGrpc;
import io.kvorum.proto.v3lockpb.LockGrpc;

/** The calls with one request and one answer, over both faces. Immutable. */
enum Rpc {
  RANGE(KVGrpc.getRangeMethod(), "kv/range"),
  PUT(KVGrpc.getPutMethod(), "kv/put"),
  DELETE(KVGrpc.getDeleteRangeMethod(), "kv/deleterange"),
  TXN(KVGrpc.getTxnMethod(), "kv/txn"),
  COMPACT(KVGrpc.getCompactMethod(), "kv/compaction"),
  LEASE_GRANT(LeaseGrpc.getLeaseGrantMethod(), "lease/grant"),
  LEASE_REVOKE(LeaseGrpc.getLeaseRevokeMethod(), "lease/revoke"),
  LEASE_TTL(LeaseGrpc.getLeaseTimeToLiveMethod(), "lease/timetolive"),
  LEASES(LeaseGrpc.getLeaseLeasesMethod(), "lease/leases"),
  MEMBER_LIST(ClusterGrpc.getMemberListMethod(), "cluster/member/list"),
  MEMBER_ADD(ClusterGrpc.getMemberAddMethod(), "cluster/member/add"),
  MEMBER_REMOVE(ClusterGrpc.getMemberRemoveMethod(), "cluster/member/remove"),
  MEMBER_UPDATE(ClusterGrpc.getMemberUpdateMethod(), "cluster/member/update"),
  MEMBER_PROMOTE(ClusterGrpc.getMemberPromoteMethod(), "cluster/member/promote"),
  ALARM(MaintenanceGrpc.getAlarmMethod(), "maintenance/alarm"),
  STATUS(MaintenanceGrpc.getStatusMethod(), "maintenance/status"),
  HASH(MaintenanceGrpc.getHashMethod(), "maintenance/hash"),
  HASH_KV(MaintenanceGrpc.getHashKVMethod(), "maintenance/hashkv"),
  DEFRAGMENT(MaintenanceGrpc.getDefragmentMethod(), "maintenance/defragment"),
  MOVE_LEADER(MaintenanceGrpc.getMoveLeaderMethod(), "maintenance/transfer-leadership"),
  DOWNGRADE(MaintenanceGrpc.getDowngradeMethod(), "maintenance/downgrade"),
  LOCK(LockGrpc.getLockMethod(), "lock/lock"),
  UNLOCK(LockGrpc.getUnlockMethod(), "lock/unlock"),
  CAMPAIGN(ElectionGrpc.getCampaignMethod(), "election/campaign"),
  PROCLAIM(ElectionGrpc.getProclaimMethod(), "election/proclaim"),
  LEADER(ElectionGrpc.getLeaderMethod(), "election/leader"),
  RESIGN(ElectionGrpc.getResignMethod(), "election/resign"),
  AUTH_ENABLE(AuthGrpc.getAuthEnableMethod(), "auth/enable"),
  AUTH_DISABLE(AuthGrpc.getAuthDisableMethod(), "auth/disable"),
  AUTH_STATUS(AuthGrpc.getAuthStatusMethod(), "auth/status"),
  AUTHENTICATE(AuthGrpc.getAuthenticateMethod(), "auth/authenticate"),
  USER_ADD(AuthGrpc.getUserAddMethod(), "auth/user/add"),
  USER_GET(AuthGrpc.getUserGetMethod(), "auth/user/get"),
  USER_LIST(AuthGrpc.getUserListMethod(), "auth/user/list"),
  USER_DELETE(AuthGrpc.getUserDeleteMethod(), "auth/user/delete"),
  USER_PASSWORD(AuthGrpc.getUserChangePasswordMethod(), "auth/user/changepw"),
  USER_GRANT(AuthGrpc.getUserGrantRoleMethod(), "auth/user/grant"),
  USER_REVOKE(AuthGrpc.getUserRevokeRoleMethod(), "auth/user/revoke"),
  ROLE_ADD(AuthGrpc.getRoleAddMethod(), "auth/role/add"),
  ROLE_GET(AuthGrpc.getRoleGetMethod(), "auth/role/get"),
  ROLE_LIST(AuthGrpc.getRoleListMethod(), "auth/role/list"),
  ROLE_DELETE(AuthGrpc.getRoleDeleteMethod(), "auth/role/delete"),
  ROLE_GRANT(AuthGrpc.getRoleGrantPermissionMethod(), "auth/role/grant"),
  ROLE_REVOKE(AuthGrpc.getRoleRevokePermissionMethod(), "auth/role/revoke");

  private final MethodDescriptor<? extends Message, ? extends Message> method;
  private final String path;

  Rpc(MethodDescriptor<? extends Message, ? extends Message> method, String path) {
    this.method = method;
    this.path = "/v3/" + path;
  }

  /** Whose requests are of the type that {@link #request} makes. */
  @SuppressWarnings("unchecked")
  MethodDescriptor<Message, Message> method() {
    return (MethodDescriptor<Message, Message>) method;
  }

  String path() {
    return path;
  }

  boolean isOfAuth() {
    return path.startsWith("/v3/auth/");
  }
}
