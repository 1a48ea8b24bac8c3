package io.kvorum.conformance;

import io.kvorum.conformance.AuthClient.Rpc;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmResponse;
import io.kvorum.proto.etcdserverpb.AuthDisableRequest;
import io.kvorum.proto.etcdserverpb.AuthDisableResponse;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthEnableResponse;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.AuthRoleAddRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleAddResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleDeleteResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleGetRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGetResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionResponse;
import io.kvorum.proto.etcdserverpb.AuthRoleRevokePermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleRevokePermissionResponse;
import io.kvorum.proto.etcdserverpb.AuthStatusRequest;
import io.kvorum.proto.etcdserverpb.AuthStatusResponse;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.AuthUserAddResponse;
import io.kvorum.proto.etcdserverpb.AuthUserChangePasswordRequest;
import io.kvorum.proto.etcdserverpb.AuthUserChangePasswordResponse;
import io.kvorum.proto.etcdserverpb.AuthUserDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthUserDeleteResponse;
import io.kvorum.proto.etcdserverpb.AuthUserGetRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGetResponse;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleResponse;
import io.kvorum.proto.etcdserverpb.AuthUserListRequest;
import io.kvorum.proto.etcdserverpb.AuthUserListResponse;
import io.kvorum.proto.etcdserverpb.AuthUserRevokeRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthUserRevokeRoleResponse;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateResponse;
import io.kvorum.proto.etcdserverpb.ClusterGrpc;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.CompactionResponse;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.DefragmentResponse;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeResponse;
import io.kvorum.proto.etcdserverpb.DowngradeRequest;
import io.kvorum.proto.etcdserverpb.DowngradeResponse;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.HashKVResponse;
import io.kvorum.proto.etcdserverpb.HashRequest;
import io.kvorum.proto.etcdserverpb.HashResponse;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrantResponse;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseLeasesResponse;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.LeaseRevokeResponse;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.MemberAddRequest;
import io.kvorum.proto.etcdserverpb.MemberAddResponse;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import io.kvorum.proto.etcdserverpb.MemberPromoteRequest;
import io.kvorum.proto.etcdserverpb.MemberPromoteResponse;
import io.kvorum.proto.etcdserverpb.MemberRemoveRequest;
import io.kvorum.proto.etcdserverpb.MemberRemoveResponse;
import io.kvorum.proto.etcdserverpb.MemberUpdateRequest;
import io.kvorum.proto.etcdserverpb.MemberUpdateResponse;
import io.kvorum.proto.etcdserverpb.MoveLeaderRequest;
import io.kvorum.proto.etcdserverpb.MoveLeaderResponse;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3electionpb.CampaignResponse;
import io.kvorum.proto.v3electionpb.ElectionGrpc;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.LeaderResponse;
import io.kvorum.proto.v3lockpb.LockGrpc;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.LockResponse;
import io.kvorum.proto.v3lockpb.UnlockRequest;
import io.kvorum.proto.v3lockpb.UnlockResponse;

/** The methods of the API that the tests of auth call, with their paths in JSON. */
final class AuthRpcs {
  static final Rpc<RangeRequest, RangeResponse> RANGE =
      new Rpc<>(KVGrpc.getRangeMethod(), "/v3/kv/range");
  static final Rpc<PutRequest, PutResponse> PUT = new Rpc<>(KVGrpc.getPutMethod(), "/v3/kv/put");
  static final Rpc<DeleteRangeRequest, DeleteRangeResponse> DELETE =
      new Rpc<>(KVGrpc.getDeleteRangeMethod(), "/v3/kv/deleterange");
  static final Rpc<TxnRequest, TxnResponse> TXN = new Rpc<>(KVGrpc.getTxnMethod(), "/v3/kv/txn");
  static final Rpc<CompactionRequest, CompactionResponse> COMPACT =
      new Rpc<>(KVGrpc.getCompactMethod(), "/v3/kv/compaction");
  static final Rpc<LeaseGrantRequest, LeaseGrantResponse> GRANT =
      new Rpc<>(LeaseGrpc.getLeaseGrantMethod(), "/v3/lease/grant");
  static final Rpc<LeaseRevokeRequest, LeaseRevokeResponse> REVOKE =
      new Rpc<>(LeaseGrpc.getLeaseRevokeMethod(), "/v3/lease/revoke");
  static final Rpc<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse> TTL =
      new Rpc<>(LeaseGrpc.getLeaseTimeToLiveMethod(), "/v3/lease/timetolive");
  static final Rpc<LeaseLeasesRequest, LeaseLeasesResponse> LEASES =
      new Rpc<>(LeaseGrpc.getLeaseLeasesMethod(), "/v3/lease/leases");
  static final Rpc<MemberListRequest, MemberListResponse> MEMBERS =
      new Rpc<>(ClusterGrpc.getMemberListMethod(), "/v3/cluster/member/list");
  static final Rpc<MemberAddRequest, MemberAddResponse> MEMBER_ADD =
      new Rpc<>(ClusterGrpc.getMemberAddMethod(), "/v3/cluster/member/add");
  static final Rpc<MemberRemoveRequest, MemberRemoveResponse> MEMBER_REMOVE =
      new Rpc<>(ClusterGrpc.getMemberRemoveMethod(), "/v3/cluster/member/remove");
  static final Rpc<MemberUpdateRequest, MemberUpdateResponse> MEMBER_UPDATE =
      new Rpc<>(ClusterGrpc.getMemberUpdateMethod(), "/v3/cluster/member/update");
  static final Rpc<MemberPromoteRequest, MemberPromoteResponse> MEMBER_PROMOTE =
      new Rpc<>(ClusterGrpc.getMemberPromoteMethod(), "/v3/cluster/member/promote");
  static final Rpc<StatusRequest, StatusResponse> STATUS =
      new Rpc<>(MaintenanceGrpc.getStatusMethod(), "/v3/maintenance/status");
  static final Rpc<AlarmRequest, AlarmResponse> ALARM =
      new Rpc<>(MaintenanceGrpc.getAlarmMethod(), "/v3/maintenance/alarm");
  static final Rpc<HashRequest, HashResponse> HASH =
      new Rpc<>(MaintenanceGrpc.getHashMethod(), "/v3/maintenance/hash");
  static final Rpc<HashKVRequest, HashKVResponse> HASH_KV =
      new Rpc<>(MaintenanceGrpc.getHashKVMethod(), "/v3/maintenance/hashkv");
  static final Rpc<DefragmentRequest, DefragmentResponse> DEFRAGMENT =
      new Rpc<>(MaintenanceGrpc.getDefragmentMethod(), "/v3/maintenance/defragment");
  static final Rpc<MoveLeaderRequest, MoveLeaderResponse> MOVE_LEADER =
      new Rpc<>(MaintenanceGrpc.getMoveLeaderMethod(), "/v3/maintenance/transfer-leadership");
  static final Rpc<DowngradeRequest, DowngradeResponse> DOWNGRADE =
      new Rpc<>(MaintenanceGrpc.getDowngradeMethod(), "/v3/maintenance/downgrade");
  static final Rpc<LockRequest, LockResponse> LOCK =
      new Rpc<>(LockGrpc.getLockMethod(), "/v3/lock/lock");
  static final Rpc<UnlockRequest, UnlockResponse> UNLOCK =
      new Rpc<>(LockGrpc.getUnlockMethod(), "/v3/lock/unlock");
  static final Rpc<LeaderRequest, LeaderResponse> LEADER =
      new Rpc<>(ElectionGrpc.getLeaderMethod(), "/v3/election/leader");
  static final Rpc<CampaignRequest, CampaignResponse> CAMPAIGN =
      new Rpc<>(ElectionGrpc.getCampaignMethod(), "/v3/election/campaign");
  static final Rpc<AuthEnableRequest, AuthEnableResponse> ENABLE =
      new Rpc<>(AuthGrpc.getAuthEnableMethod(), "/v3/auth/enable");
  static final Rpc<AuthDisableRequest, AuthDisableResponse> DISABLE =
      new Rpc<>(AuthGrpc.getAuthDisableMethod(), "/v3/auth/disable");
  static final Rpc<AuthStatusRequest, AuthStatusResponse> AUTH_STATUS =
      new Rpc<>(AuthGrpc.getAuthStatusMethod(), "/v3/auth/status");
  static final Rpc<AuthenticateRequest, AuthenticateResponse> AUTHENTICATE =
      new Rpc<>(AuthGrpc.getAuthenticateMethod(), "/v3/auth/authenticate");
  static final Rpc<AuthUserAddRequest, AuthUserAddResponse> USER_ADD =
      new Rpc<>(AuthGrpc.getUserAddMethod(), "/v3/auth/user/add");
  static final Rpc<AuthUserGetRequest, AuthUserGetResponse> USER_GET =
      new Rpc<>(AuthGrpc.getUserGetMethod(), "/v3/auth/user/get");
  static final Rpc<AuthUserListRequest, AuthUserListResponse> USER_LIST =
      new Rpc<>(AuthGrpc.getUserListMethod(), "/v3/auth/user/list");
  static final Rpc<AuthUserDeleteRequest, AuthUserDeleteResponse> USER_DELETE =
      new Rpc<>(AuthGrpc.getUserDeleteMethod(), "/v3/auth/user/delete");
  static final Rpc<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse> CHANGE_PASSWORD =
      new Rpc<>(AuthGrpc.getUserChangePasswordMethod(), "/v3/auth/user/changepw");
  static final Rpc<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse> GRANT_ROLE =
      new Rpc<>(AuthGrpc.getUserGrantRoleMethod(), "/v3/auth/user/grant");
  static final Rpc<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse> REVOKE_ROLE =
      new Rpc<>(AuthGrpc.getUserRevokeRoleMethod(), "/v3/auth/user/revoke");
  static final Rpc<AuthRoleAddRequest, AuthRoleAddResponse> ROLE_ADD =
      new Rpc<>(AuthGrpc.getRoleAddMethod(), "/v3/auth/role/add");
  static final Rpc<AuthRoleGetRequest, AuthRoleGetResponse> ROLE_GET =
      new Rpc<>(AuthGrpc.getRoleGetMethod(), "/v3/auth/role/get");
  static final Rpc<AuthRoleDeleteRequest, AuthRoleDeleteResponse> ROLE_DELETE =
      new Rpc<>(AuthGrpc.getRoleDeleteMethod(), "/v3/auth/role/delete");
  static final Rpc<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse>
      GRANT_PERMISSION = new Rpc<>(AuthGrpc.getRoleGrantPermissionMethod(), "/v3/auth/role/grant");
  static final Rpc<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse>
      REVOKE_PERMISSION =
          new Rpc<>(AuthGrpc.getRoleRevokePermissionMethod(), "/v3/auth/role/revoke");

  private AuthRpcs() {}
}
