package io.kvorum.wire;

import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AuthDisableRequest;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleAddRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGetRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleListRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleRevokePermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthStatusRequest;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.AuthUserChangePasswordRequest;
import io.kvorum.proto.etcdserverpb.AuthUserDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGetRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthUserListRequest;
import io.kvorum.proto.etcdserverpb.AuthUserRevokeRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
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
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.ProclaimRequest;
import io.kvorum.proto.v3electionpb.ResignRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.UnlockRequest;
import io.kvorum.service.Access.Need;
import java.util.Map;
import java.util.Set;

/**
 * Knows what each call of a client needs while auth is on, beside rights on the keys that it names.
 * A call that is not in this table is a bug, and served to nobody. Stateless.
 *
 * <p>Held by: CallNeedsTest.
 */
final class CallNeeds {
  /**
   * The service decides: by the keys, or after checks that come first, or where the command is
   * applied.
   */
  private static final Set<Class<?>> NOTHING =
      Set.of(
          RangeRequest.class,
          PutRequest.class,
          DeleteRangeRequest.class,
          TxnRequest.class,
          WatchCreateRequest.class,
          LeaseGrantRequest.class,
          LeaseRevokeRequest.class,
          LeaseKeepAliveRequest.class,
          LeaseTimeToLiveRequest.class,
          LeaseLeasesRequest.class,
          MemberAddRequest.class,
          LockRequest.class,
          UnlockRequest.class,
          CampaignRequest.class,
          ProclaimRequest.class,
          LeaderRequest.class,
          ResignRequest.class,
          AuthEnableRequest.class,
          AuthDisableRequest.class,
          AuthStatusRequest.class,
          AuthenticateRequest.class,
          AuthUserAddRequest.class,
          AuthUserGetRequest.class,
          AuthUserListRequest.class,
          AuthUserDeleteRequest.class,
          AuthUserChangePasswordRequest.class,
          AuthUserGrantRoleRequest.class,
          AuthUserRevokeRoleRequest.class,
          AuthRoleAddRequest.class,
          AuthRoleGetRequest.class,
          AuthRoleListRequest.class,
          AuthRoleDeleteRequest.class,
          AuthRoleGrantPermissionRequest.class,
          AuthRoleRevokePermissionRequest.class);

  private static final Map<Class<?>, Need> OTHERS =
      Map.ofEntries(
          Map.entry(MemberListRequest.class, Need.USER),
          Map.entry(StatusRequest.class, Need.USER),
          Map.entry(CompactionRequest.class, Need.ROOT_OF_CLUSTER),
          Map.entry(MemberRemoveRequest.class, Need.ROOT_OF_CLUSTER),
          Map.entry(MemberUpdateRequest.class, Need.ROOT_OF_CLUSTER),
          Map.entry(MemberPromoteRequest.class, Need.ROOT_OF_CLUSTER),
          Map.entry(DefragmentRequest.class, Need.ROOT),
          Map.entry(HashRequest.class, Need.ROOT),
          Map.entry(HashKVRequest.class, Need.ROOT),
          Map.entry(SnapshotRequest.class, Need.ROOT),
          Map.entry(MoveLeaderRequest.class, Need.ROOT),
          Map.entry(DowngradeRequest.class, Need.ROOT_OF_CLUSTER));

  private CallNeeds() {}

  /**
   * @throws IllegalArgumentException for a request that is not known
   */
  static Need of(Object request) {
    if (request instanceof AlarmRequest alarm) {
      return alarm.getAction() == AlarmRequest.AlarmAction.GET ? Need.USER : Need.ROOT_OF_CLUSTER;
    }
    if (NOTHING.contains(request.getClass())) {
      return Need.NOTHING;
    }
    Need need = OTHERS.get(request.getClass());
    if (need == null) {
      throw new IllegalArgumentException("who may make a call is not known: " + request.getClass());
    }
    return need;
  }
}
