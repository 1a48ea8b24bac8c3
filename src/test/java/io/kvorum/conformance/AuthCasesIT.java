package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.conformance.AuthClient.Rpc;
import io.kvorum.proto.authpb.Permission;
import io.kvorum.proto.authpb.UserAddOptions;
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
import io.kvorum.proto.etcdserverpb.Compare;
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
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
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
import io.kvorum.proto.etcdserverpb.RangeStreamResponse;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.SnapshotResponse;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
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
import io.kvorum.testing.Await;
import io.kvorum.testing.RawHttp;
import io.kvorum.testing.RawWebSocket;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.ServerUnderTest;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The cases of auth that were run against etcd 3.7.1, by their numbers there, over both faces, on
 * one member with simple tokens. What is different here on purpose says so.
 */
final class AuthCasesIT {
  private static final String PD = "PERMISSION_DENIED etcdserver: permission denied";
  private static final String UE = "INVALID_ARGUMENT etcdserver: user name is empty";
  private static final String IT = "UNAUTHENTICATED etcdserver: invalid auth token";
  private static final String NO_KEY = "INVALID_ARGUMENT etcdserver: key is not provided";
  private static final String NO_LEASE = "NOT_FOUND etcdserver: requested lease not found";
  private static final String COMPACTED = "etcdserver: mvcc: required revision has been compacted";
  private static final String MANAGEMENT = "INVALID_ARGUMENT etcdserver: invalid auth management";
  private static final String NOBODY = "-";
  private static final String BAD = "bad";
  private static final int READ = 0;
  private static final int WRITE = 1;
  private static final int READWRITE = 2;

  private static final Rpc<RangeRequest, RangeResponse> RANGE =
      new Rpc<>(KVGrpc.getRangeMethod(), "/v3/kv/range");
  private static final Rpc<PutRequest, PutResponse> PUT =
      new Rpc<>(KVGrpc.getPutMethod(), "/v3/kv/put");
  private static final Rpc<DeleteRangeRequest, DeleteRangeResponse> DELETE =
      new Rpc<>(KVGrpc.getDeleteRangeMethod(), "/v3/kv/deleterange");
  private static final Rpc<TxnRequest, TxnResponse> TXN =
      new Rpc<>(KVGrpc.getTxnMethod(), "/v3/kv/txn");
  private static final Rpc<CompactionRequest, CompactionResponse> COMPACT =
      new Rpc<>(KVGrpc.getCompactMethod(), "/v3/kv/compaction");
  private static final Rpc<LeaseGrantRequest, LeaseGrantResponse> GRANT =
      new Rpc<>(LeaseGrpc.getLeaseGrantMethod(), "/v3/lease/grant");
  private static final Rpc<LeaseRevokeRequest, LeaseRevokeResponse> REVOKE =
      new Rpc<>(LeaseGrpc.getLeaseRevokeMethod(), "/v3/lease/revoke");
  private static final Rpc<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse> TTL =
      new Rpc<>(LeaseGrpc.getLeaseTimeToLiveMethod(), "/v3/lease/timetolive");
  private static final Rpc<LeaseLeasesRequest, LeaseLeasesResponse> LEASES =
      new Rpc<>(LeaseGrpc.getLeaseLeasesMethod(), "/v3/lease/leases");
  private static final Rpc<MemberListRequest, MemberListResponse> MEMBERS =
      new Rpc<>(ClusterGrpc.getMemberListMethod(), "/v3/cluster/member/list");
  private static final Rpc<MemberAddRequest, MemberAddResponse> MEMBER_ADD =
      new Rpc<>(ClusterGrpc.getMemberAddMethod(), "/v3/cluster/member/add");
  private static final Rpc<MemberRemoveRequest, MemberRemoveResponse> MEMBER_REMOVE =
      new Rpc<>(ClusterGrpc.getMemberRemoveMethod(), "/v3/cluster/member/remove");
  private static final Rpc<MemberUpdateRequest, MemberUpdateResponse> MEMBER_UPDATE =
      new Rpc<>(ClusterGrpc.getMemberUpdateMethod(), "/v3/cluster/member/update");
  private static final Rpc<MemberPromoteRequest, MemberPromoteResponse> MEMBER_PROMOTE =
      new Rpc<>(ClusterGrpc.getMemberPromoteMethod(), "/v3/cluster/member/promote");
  private static final Rpc<StatusRequest, StatusResponse> STATUS =
      new Rpc<>(MaintenanceGrpc.getStatusMethod(), "/v3/maintenance/status");
  private static final Rpc<AlarmRequest, AlarmResponse> ALARM =
      new Rpc<>(MaintenanceGrpc.getAlarmMethod(), "/v3/maintenance/alarm");
  private static final Rpc<HashRequest, HashResponse> HASH =
      new Rpc<>(MaintenanceGrpc.getHashMethod(), "/v3/maintenance/hash");
  private static final Rpc<HashKVRequest, HashKVResponse> HASH_KV =
      new Rpc<>(MaintenanceGrpc.getHashKVMethod(), "/v3/maintenance/hashkv");
  private static final Rpc<DefragmentRequest, DefragmentResponse> DEFRAGMENT =
      new Rpc<>(MaintenanceGrpc.getDefragmentMethod(), "/v3/maintenance/defragment");
  private static final Rpc<MoveLeaderRequest, MoveLeaderResponse> MOVE_LEADER =
      new Rpc<>(MaintenanceGrpc.getMoveLeaderMethod(), "/v3/maintenance/transfer-leadership");
  private static final Rpc<DowngradeRequest, DowngradeResponse> DOWNGRADE =
      new Rpc<>(MaintenanceGrpc.getDowngradeMethod(), "/v3/maintenance/downgrade");
  private static final Rpc<LockRequest, LockResponse> LOCK =
      new Rpc<>(LockGrpc.getLockMethod(), "/v3/lock/lock");
  private static final Rpc<UnlockRequest, UnlockResponse> UNLOCK =
      new Rpc<>(LockGrpc.getUnlockMethod(), "/v3/lock/unlock");
  private static final Rpc<LeaderRequest, LeaderResponse> LEADER =
      new Rpc<>(ElectionGrpc.getLeaderMethod(), "/v3/election/leader");
  private static final Rpc<CampaignRequest, CampaignResponse> CAMPAIGN =
      new Rpc<>(ElectionGrpc.getCampaignMethod(), "/v3/election/campaign");
  private static final Rpc<AuthEnableRequest, AuthEnableResponse> ENABLE =
      new Rpc<>(AuthGrpc.getAuthEnableMethod(), "/v3/auth/enable");
  private static final Rpc<AuthDisableRequest, AuthDisableResponse> DISABLE =
      new Rpc<>(AuthGrpc.getAuthDisableMethod(), "/v3/auth/disable");
  private static final Rpc<AuthStatusRequest, AuthStatusResponse> AUTH_STATUS =
      new Rpc<>(AuthGrpc.getAuthStatusMethod(), "/v3/auth/status");
  private static final Rpc<AuthenticateRequest, AuthenticateResponse> AUTHENTICATE =
      new Rpc<>(AuthGrpc.getAuthenticateMethod(), "/v3/auth/authenticate");
  private static final Rpc<AuthUserAddRequest, AuthUserAddResponse> USER_ADD =
      new Rpc<>(AuthGrpc.getUserAddMethod(), "/v3/auth/user/add");
  private static final Rpc<AuthUserGetRequest, AuthUserGetResponse> USER_GET =
      new Rpc<>(AuthGrpc.getUserGetMethod(), "/v3/auth/user/get");
  private static final Rpc<AuthUserListRequest, AuthUserListResponse> USER_LIST =
      new Rpc<>(AuthGrpc.getUserListMethod(), "/v3/auth/user/list");
  private static final Rpc<AuthUserDeleteRequest, AuthUserDeleteResponse> USER_DELETE =
      new Rpc<>(AuthGrpc.getUserDeleteMethod(), "/v3/auth/user/delete");
  private static final Rpc<AuthUserChangePasswordRequest, AuthUserChangePasswordResponse>
      CHANGE_PASSWORD = new Rpc<>(AuthGrpc.getUserChangePasswordMethod(), "/v3/auth/user/changepw");
  private static final Rpc<AuthUserGrantRoleRequest, AuthUserGrantRoleResponse> GRANT_ROLE =
      new Rpc<>(AuthGrpc.getUserGrantRoleMethod(), "/v3/auth/user/grant");
  private static final Rpc<AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse> REVOKE_ROLE =
      new Rpc<>(AuthGrpc.getUserRevokeRoleMethod(), "/v3/auth/user/revoke");
  private static final Rpc<AuthRoleAddRequest, AuthRoleAddResponse> ROLE_ADD =
      new Rpc<>(AuthGrpc.getRoleAddMethod(), "/v3/auth/role/add");
  private static final Rpc<AuthRoleGetRequest, AuthRoleGetResponse> ROLE_GET =
      new Rpc<>(AuthGrpc.getRoleGetMethod(), "/v3/auth/role/get");
  private static final Rpc<AuthRoleDeleteRequest, AuthRoleDeleteResponse> ROLE_DELETE =
      new Rpc<>(AuthGrpc.getRoleDeleteMethod(), "/v3/auth/role/delete");
  private static final Rpc<AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse>
      GRANT_PERMISSION = new Rpc<>(AuthGrpc.getRoleGrantPermissionMethod(), "/v3/auth/role/grant");
  private static final Rpc<AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse>
      REVOKE_PERMISSION =
          new Rpc<>(AuthGrpc.getRoleRevokePermissionMethod(), "/v3/auth/role/revoke");

  private static ServerProcess server;
  private static AuthClient client;

  /** Of each user. */
  private static final Map<String, String> TOKENS = new HashMap<>();

  @BeforeAll
  static void setUp() throws IOException, InterruptedException {
    server = ServerUnderTest.startOwn(List.of("--bcrypt-cost=4"));
    client = new AuthClient(server.endpoint());
    ok(null, PUT, put("a").build());
    for (String key : List.of("foo", "b", "m", "z")) {
      ok(null, PUT, put(key).build());
    }
    lease(101, "foo1");
    lease(102, "zzz");
    lease(103);
    lease(104, "foo2", "zz2");
    lease(105);
    lease(106);
    user("rd", range(READ, "foo", "fop"));
    user("wr", range(WRITE, "foo", "fop"));
    user("rw", range(READWRITE, "foo", "fop"));
    user("pt", range(READWRITE, "foo", ""));
    user("mg", range(READ, "a", "b"), range(READ, "b", "c"), range(READ, "d", "e"));
    user("ov", range(READ, "a", "c"), range(READ, "b", "d"));
    user("ptm", range(READ, "a", ""), range(READ, "a\0", "b"));
    user("fk", range(READWRITE, "m", "\0"));
    user("all", range(READWRITE, "\0", "\0"));
    user("none");
    ok(null, USER_ADD, userAdd("norole"));
    for (String admin : List.of("root", "adm")) {
      ok(null, USER_ADD, userAdd(admin));
      ok(null, GRANT_ROLE, grantRole(admin, "root"));
    }
    ok(null, ENABLE, AuthEnableRequest.getDefaultInstance());
    login();
  }

  private static void login() {
    TOKENS.clear();
    for (String user :
        List.of(
            "root", "adm", "rd", "wr", "rw", "pt", "mg", "ov", "ptm", "fk", "all", "none",
            "norole")) {
      TOKENS.put(user, client.login(user, user));
    }
    TOKENS.put(BAD, "bad.1");
  }

  @AfterAll
  static void close() throws InterruptedException {
    if (client != null) {
      client.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private static void lease(long id, String... keys) {
    ok(null, GRANT, LeaseGrantRequest.newBuilder().setID(id).setTTL(3000).build());
    for (String key : keys) {
      ok(null, PUT, put(key).setLease(id).build());
    }
  }

  /** A user whose role and password have its name. */
  private static void user(String name, Permission... permissions) {
    String admin = TOKENS.get("root");
    ok(admin, USER_ADD, userAdd(name));
    ok(admin, ROLE_ADD, AuthRoleAddRequest.newBuilder().setName(name).build());
    ok(admin, GRANT_ROLE, grantRole(name, name));
    for (Permission permission : permissions) {
      ok(
          admin,
          GRANT_PERMISSION,
          AuthRoleGrantPermissionRequest.newBuilder().setName(name).setPerm(permission).build());
    }
    if (admin != null) {
      TOKENS.put(name, client.login(name, name));
    }
  }

  private static <Q extends Message, A extends Message> A ok(
      @Nullable String token, Rpc<Q, A> rpc, Q request) {
    return client.call(rpc, AuthClient.withToken(token), request);
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFrom(text, StandardCharsets.ISO_8859_1);
  }

  private static Permission range(int type, String key, String end) {
    return Permission.newBuilder()
        .setPermTypeValue(type)
        .setKey(bytes(key))
        .setRangeEnd(bytes(end))
        .build();
  }

  private static AuthUserAddRequest userAdd(String name) {
    return AuthUserAddRequest.newBuilder().setName(name).setPassword(name).build();
  }

  private static AuthUserGrantRoleRequest grantRole(String user, String role) {
    return AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build();
  }

  private static RangeRequest get(String key, String... end) {
    return RangeRequest.newBuilder()
        .setKey(bytes(key))
        .setRangeEnd(bytes(String.join("", end)))
        .build();
  }

  private static PutRequest.Builder put(String key) {
    return PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes("v"));
  }

  private static DeleteRangeRequest.Builder delete(String key, String... end) {
    return DeleteRangeRequest.newBuilder()
        .setKey(bytes(key))
        .setRangeEnd(bytes(String.join("", end)));
  }

  private static RequestOp op(PutRequest.Builder put) {
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  private static RequestOp op(DeleteRangeRequest.Builder delete) {
    return RequestOp.newBuilder().setRequestDeleteRange(delete).build();
  }

  private static RequestOp op(TxnRequest.Builder txn) {
    return RequestOp.newBuilder().setRequestTxn(txn).build();
  }

  private static RequestOp op(RangeRequest range) {
    return RequestOp.newBuilder().setRequestRange(range).build();
  }

  private static TxnRequest.Builder txn(RequestOp... success) {
    return TxnRequest.newBuilder().addAllSuccess(List.of(success));
  }

  private static Compare compare(String key, String... end) {
    return Compare.newBuilder()
        .setKey(bytes(key))
        .setRangeEnd(bytes(String.join("", end)))
        .setTarget(Compare.CompareTarget.VERSION)
        .setResult(Compare.CompareResult.GREATER)
        .setVersion(-1)
        .build();
  }

  /** A call that a user makes, and how it must end. */
  private record Case<Q extends Message, A extends Message>(
      String number, String who, Rpc<Q, A> rpc, Q request, String ends) {
    private DynamicTest over(Face face) {
      String name =
          number
              + " "
              + who
              + " "
              + face
              + " "
              + request.getClass().getSimpleName()
              + " "
              + request.toString().replaceAll("\\s+", " ");
      return DynamicTest.dynamicTest(
          name,
          () -> assertThat(client.outcome(face, rpc, TOKENS.get(who), request)).isEqualTo(ends));
    }
  }

  private static final class Cases {
    private final List<Case<?, ?>> cases = new ArrayList<>();

    /** Each of several users, separated by spaces, makes each of the requests. */
    @SafeVarargs
    private <Q extends Message, A extends Message> Cases add(
        String number, String who, Rpc<Q, A> rpc, String ends, Q... requests) {
      for (String user : who.split(" ")) {
        for (Q request : requests) {
          cases.add(new Case<>(number, user, rpc, request, ends));
        }
      }
      return this;
    }

    private Stream<DynamicTest> over(Face face) {
      return cases.stream().map(one -> one.over(face));
    }
  }

  @TestFactory
  Stream<DynamicTest> rangesOverGrpc() {
    return ranges().over(Face.GRPC);
  }

  @TestFactory
  Stream<DynamicTest> rangesOverJson() {
    return ranges().over(Face.JSON);
  }

  private static Cases ranges() {
    return new Cases()
        .add("1", "rd", RANGE, OK, get("foo"), get("foo", "fop"), get("foo1", "foo9"))
        .add("1", "rd", RANGE, OK, get("foo").toBuilder().setSerializable(true).build())
        .add("2", "rd", RANGE, PD, get("foo", "foq"), get("fop"), get("foo", "\0"))
        .add("3", "wr none norole", RANGE, PD, get("foo"))
        .add("4", NOBODY, RANGE, UE, get("foo"))
        .add("5", "rd", RANGE, PD, get("z").toBuilder().setRevision(9999).build())
        .add(
            "6",
            "rd",
            RANGE,
            "OUT_OF_RANGE etcdserver: mvcc: required revision is a future revision",
            get("foo").toBuilder().setRevision(9999).build())
        .add("7", "rd", RANGE, NO_KEY, get(""))
        .add("8", "rd", RANGE, OK, get("foo9", "foo1"))
        .add("9", "rd", RANGE, PD, get("fop", "foo"))
        .add("10", "pt", RANGE, OK, get("foo", "foo\0"))
        .add("11", "mg", RANGE, OK, get("a", "c"))
        .add("12", "mg", RANGE, PD, get("a", "d"), get("a", "e"))
        .add("13", "ov", RANGE, OK, get("a", "d"))
        .add("14", "ptm", RANGE, OK, get("a", "b"))
        .add("15", "fk", RANGE, OK, get("m", "\0"), get("n", "z"), get("\u00ff\u00ff"))
        .add("16", "fk", RANGE, PD, get("l", "\0"))
        .add("17", "all", RANGE, OK, get("\0", "\0"));
  }

  @TestFactory
  Stream<DynamicTest> writesOverGrpc() {
    return writes().over(Face.GRPC);
  }

  @TestFactory
  Stream<DynamicTest> writesOverJson() {
    return writes().over(Face.JSON);
  }

  private static Cases writes() {
    return new Cases()
        .add("19", "rd none", PUT, PD, put("foo").build())
        .add("20", "wr rw", PUT, OK, put("foo").build())
        .add("21", "wr", PUT, PD, put("foo").setPrevKv(true).build())
        .add("22", "rw", PUT, OK, put("foo").setPrevKv(true).build())
        .add("23", NOBODY, PUT, NO_KEY, put("").build())
        .add("24", "wr", PUT, OK, put("foo").setLease(101).build())
        .add(
            "25", "wr", PUT, PD, put("foo").setLease(102).build(), put("foo").setLease(104).build())
        .add("26", "wr", PUT, NO_LEASE, put("foo").setLease(999).build())
        .add("27", "none", PUT, PD, put("foo").setLease(999).build())
        .add("28", "wr", PUT, OK, put("foo").clearValue().setIgnoreValue(true).build())
        .add("29", "wr", DELETE, OK, delete("foo3").build(), delete("foo3", "foo9").build())
        .add(
            "30",
            "wr",
            DELETE,
            PD,
            delete("foo3").setPrevKv(true).build(),
            delete("foo3", "foz").build())
        .add("31", "rd", DELETE, PD, delete("foo").build())
        .add("32", "wr", TXN, PD, txn(op(put("foo"))).addCompare(compare("foo")).build())
        .add("33", "wr", TXN, OK, txn(op(put("foo"))).build())
        .add("34", "rw", TXN, PD, txn(op(put("foo"))).addCompare(compare("z")).build())
        .add("35", "rw", TXN, OK, txn(op(put("foo"))).addCompare(compare("foo", "fop")).build())
        .add("35", "rw", TXN, PD, txn(op(put("foo"))).addCompare(compare("foo", "foq")).build())
        .add("36", "rw", TXN, PD, txn(op(put("foo"))).addFailure(op(put("z"))).build())
        .add(
            "37",
            "rw",
            TXN,
            PD,
            txn(op(txn(op(put("z"))))).build(),
            txn(op(txn(op(put("foo"))).addCompare(compare("z")))).build())
        .add(
            "38",
            "rw",
            TXN,
            OK,
            txn(op(txn(op(put("foo"))).addCompare(compare("foo"))), op(get("foo1"))).build())
        .add(
            "39",
            "wr",
            TXN,
            PD,
            txn(op(delete("foo9").setPrevKv(true))).build(),
            txn(op(put("foo").setLease(102))).build())
        .add("40", NOBODY, TXN, OK, txn().build(), txn(op(txn())).build())
        .add("read-only", "rd", TXN, OK, txn(op(get("foo"))).addCompare(compare("foo")).build())
        .add("read-only", "rd", TXN, PD, txn(op(get("foo"))).addFailure(op(get("z"))).build())
        .add("read-only", NOBODY, TXN, UE, txn(op(get("foo"))).build());
  }

  @TestFactory
  Stream<DynamicTest> leasesAndMaintenanceOverGrpc() {
    return others().over(Face.GRPC);
  }

  @TestFactory
  Stream<DynamicTest> leasesAndMaintenanceOverJson() {
    return others().over(Face.JSON);
  }

  private static LeaseTimeToLiveRequest ttl(long id, boolean keys) {
    return LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(keys).build();
  }

  private static LeaseRevokeRequest revoke(long id) {
    return LeaseRevokeRequest.newBuilder().setID(id).build();
  }

  private static AlarmRequest alarm(AlarmRequest.AlarmAction action) {
    return AlarmRequest.newBuilder().setAction(action).build();
  }

  private static Cases others() {
    Cases cases =
        new Cases()
            .add("41", "all", COMPACT, PD, CompactionRequest.newBuilder().setRevision(1).build())
            .add("41", NOBODY, COMPACT, UE, CompactionRequest.newBuilder().setRevision(1).build())
            .add("42", NOBODY, GRANT, UE, LeaseGrantRequest.newBuilder().setTTL(60).build())
            .add("42", "none", GRANT, OK, LeaseGrantRequest.newBuilder().setTTL(60).build())
            .add("43", "none", REVOKE, NO_LEASE, revoke(999))
            .add("44", "none", REVOKE, PD, revoke(102))
            .add("44", "wr", REVOKE, PD, revoke(104))
            .add("45", NOBODY, REVOKE, UE, revoke(999))
            .add("46", "none", TTL, OK, ttl(101, false), ttl(999, true))
            .add("46", "none", TTL, PD, ttl(101, true))
            .add("47", "wr", TTL, PD, ttl(101, true))
            .add("47", "rd", TTL, OK, ttl(101, true))
            .add("48", "rd", LEASES, PD, LeaseLeasesRequest.getDefaultInstance())
            .add("48", "all root", LEASES, OK, LeaseLeasesRequest.getDefaultInstance())
            .add("48", NOBODY, LEASES, UE, LeaseLeasesRequest.getDefaultInstance());
    for (String[] row : new String[][] {{NOBODY, UE}, {"none", OK}, {"root", OK}, {BAD, IT}}) {
      cases
          .add(
              "57",
              row[0],
              MEMBERS,
              row[1],
              MemberListRequest.getDefaultInstance(),
              MemberListRequest.newBuilder().setLinearizable(true).build())
          .add("57", row[0], STATUS, row[1], StatusRequest.getDefaultInstance())
          .add("57", row[0], ALARM, row[1], alarm(AlarmRequest.AlarmAction.GET));
    }
    for (String[] row : new String[][] {{NOBODY, UE}, {"none", PD}, {BAD, IT}}) {
      cases
          .add("58", row[0], HASH, row[1], HashRequest.getDefaultInstance())
          .add("58", row[0], HASH_KV, row[1], HashKVRequest.getDefaultInstance())
          .add("58", row[0], DEFRAGMENT, row[1], DefragmentRequest.getDefaultInstance())
          .add("58", row[0], MOVE_LEADER, row[1], MoveLeaderRequest.getDefaultInstance())
          .add("58", row[0], DOWNGRADE, row[1], DowngradeRequest.getDefaultInstance())
          .add(
              "58",
              row[0],
              ALARM,
              row[1],
              alarm(AlarmRequest.AlarmAction.ACTIVATE),
              alarm(AlarmRequest.AlarmAction.DEACTIVATE))
          .add("60", row[0], MEMBER_UPDATE, row[1], MemberUpdateRequest.getDefaultInstance())
          .add("60", row[0], MEMBER_PROMOTE, row[1], MemberPromoteRequest.getDefaultInstance())
          .add(
              "60",
              row[0],
              MEMBER_REMOVE,
              row[1],
              MemberRemoveRequest.newBuilder().setID(1).build())
          .add(
              "60",
              row[0],
              MEMBER_ADD,
              row[1],
              MemberAddRequest.newBuilder().addPeerURLs("http://127.0.0.1:1").build());
    }
    return cases
        .add(
            "59",
            "- none root",
            MEMBER_ADD,
            "INVALID_ARGUMENT etcdserver: given member URLs are invalid",
            MemberAddRequest.newBuilder().addPeerURLs("nourl").build())
        .add(
            "60",
            "root",
            MEMBER_REMOVE,
            "NOT_FOUND etcdserver: member not found",
            MemberRemoveRequest.newBuilder().setID(1).build())
        .add("61", BAD, AUTH_STATUS, IT, AuthStatusRequest.getDefaultInstance())
        .add("61", BAD, RANGE, IT, get("foo"))
        .add("61", BAD, PUT, IT, put("foo").build())
        .add("61", BAD, GRANT, IT, LeaseGrantRequest.newBuilder().setTTL(60).build())
        .add(
            "62",
            BAD,
            AUTHENTICATE,
            OK,
            AuthenticateRequest.newBuilder().setName("rd").setPassword("rd").build());
  }

  @TestFactory
  Stream<DynamicTest> authOverGrpc() {
    return auth().over(Face.GRPC);
  }

  @TestFactory
  Stream<DynamicTest> authOverJson() {
    return auth().over(Face.JSON);
  }

  private static AuthUserGetRequest userGet(String name) {
    return AuthUserGetRequest.newBuilder().setName(name).build();
  }

  private static AuthRoleGetRequest roleGet(String name) {
    return AuthRoleGetRequest.newBuilder().setRole(name).build();
  }

  private static AuthenticateRequest authenticate(String name, String password) {
    return AuthenticateRequest.newBuilder().setName(name).setPassword(password).build();
  }

  private static Cases auth() {
    String failed =
        "INVALID_ARGUMENT etcdserver: authentication failed, invalid user ID or password";
    return new Cases()
        .add("63", "none", USER_GET, OK, userGet("none"))
        .add("63", "none", ROLE_GET, OK, roleGet("none"))
        .add("64", "none", USER_GET, PD, userGet("rd"), userGet("missing"))
        .add("64", "none", ROLE_GET, PD, roleGet("missing"))
        .add("65", NOBODY, USER_GET, UE, userGet("rd"))
        .add("65", NOBODY, USER_LIST, UE, AuthUserListRequest.getDefaultInstance())
        .add("65", NOBODY, USER_ADD, UE, userAdd("x"))
        .add("empty name", "none", USER_ADD, PD, userAdd(""))
        .add(
            "66",
            "none",
            CHANGE_PASSWORD,
            PD,
            AuthUserChangePasswordRequest.newBuilder().setName("none").setPassword("x").build())
        .add(
            "73",
            "root",
            USER_DELETE,
            MANAGEMENT,
            AuthUserDeleteRequest.newBuilder().setName("root").build())
        .add(
            "73",
            "root",
            ROLE_DELETE,
            MANAGEMENT,
            AuthRoleDeleteRequest.newBuilder().setRole("root").build())
        .add(
            "73",
            "root",
            REVOKE_ROLE,
            MANAGEMENT,
            AuthUserRevokeRoleRequest.newBuilder().setName("root").setRole("root").build())
        .add(
            "missing",
            "root",
            USER_GET,
            "FAILED_PRECONDITION etcdserver: user name not found",
            userGet("missing"))
        .add(
            "missing",
            "root",
            ROLE_GET,
            "FAILED_PRECONDITION etcdserver: role name not found",
            roleGet("missing"),
            roleGet("root"))
        .add("status", "- none", AUTH_STATUS, OK, AuthStatusRequest.getDefaultInstance())
        .add("again", "root", ENABLE, OK, AuthEnableRequest.getDefaultInstance())
        .add("again", "none", ENABLE, PD, AuthEnableRequest.getDefaultInstance())
        .add("login", NOBODY, AUTHENTICATE, failed, authenticate("rd", "x"))
        .add("login", NOBODY, AUTHENTICATE, failed, authenticate("missing", ""))
        .add(
            "long password",
            "root",
            USER_ADD,
            "UNKNOWN bcrypt: password length exceeds 72 bytes",
            AuthUserAddRequest.newBuilder().setName("long").setPassword("p".repeat(73)).build())
        .add(
            "long name",
            "root",
            USER_ADD,
            "INVALID_ARGUMENT etcdserver: request is too large",
            AuthUserAddRequest.newBuilder().setName("n".repeat(501)).setPassword("p").build())
        .add(
            "no permission",
            "root",
            GRANT_PERMISSION,
            "INVALID_ARGUMENT etcdserver: permission not given",
            AuthRoleGrantPermissionRequest.newBuilder().setName("none").build())
        .add(
            "lock",
            "rd",
            LOCK,
            "UNKNOWN etcdserver: permission denied",
            LockRequest.newBuilder().setName(bytes("foo")).setLease(103).build())
        .add(
            "lock",
            NOBODY,
            LOCK,
            "UNKNOWN etcdserver: user name is empty",
            LockRequest.newBuilder().setName(bytes("foo")).setLease(103).build())
        .add(
            "unlock",
            "rd",
            UNLOCK,
            "UNKNOWN etcdserver: permission denied",
            UnlockRequest.newBuilder().setKey(bytes("foo/1")).build())
        .add(
            "election",
            "none",
            LEADER,
            "UNKNOWN etcdserver: permission denied",
            LeaderRequest.newBuilder().setName(bytes("foo")).build())
        .add(
            "election",
            "wr",
            CAMPAIGN,
            "UNKNOWN etcdserver: permission denied",
            CampaignRequest.newBuilder().setName(bytes("foo")).setLease(103).build());
  }

  @Test
  void whoMayReadAndWriteItsKeysMayLock() {
    LockRequest request = LockRequest.newBuilder().setName(bytes("foo-lock")).build();
    ByteString key = ok(TOKENS.get("rw"), LOCK, request).getKey();
    assertThat(
            ok(TOKENS.get("rw"), RANGE, RangeRequest.newBuilder().setKey(key).build()).getCount())
        .isEqualTo(1);
    ok(TOKENS.get("rw"), UNLOCK, UnlockRequest.newBuilder().setKey(key).build());
    assertThat(
            ok(TOKENS.get("rw"), RANGE, RangeRequest.newBuilder().setKey(key).build()).getCount())
        .isZero();
  }

  /** What each of the services answers to users with different rights on the keys of its name. */
  @TestFactory
  Stream<DynamicTest> locksAndElectionsNeedWhatTheirKeysNeed() {
    ok(
        TOKENS.get("root"),
        CAMPAIGN,
        CampaignRequest.newBuilder().setName(bytes("foo-led")).setLease(106).build());
    String pd = "UNKNOWN etcdserver: permission denied";
    String ue = "UNKNOWN etcdserver: user name is empty";
    Cases cases = new Cases();
    for (String[] row :
        new String[][] {
          {"rw", OK, OK, OK, OK},
          {"wr", pd, OK, pd, pd},
          {"rd", pd, pd, pd, OK},
          {"none", pd, pd, pd, pd},
          {NOBODY, ue, ue, ue, ue}
        }) {
      String who = row[0];
      cases
          .add("lock", who, LOCK, row[1], LockRequest.newBuilder().setName(bytes("foo-l")).build())
          .add(
              "unlock",
              who,
              UNLOCK,
              row[2],
              UnlockRequest.newBuilder().setKey(bytes("foo-none/1")).build())
          .add(
              "campaign",
              who,
              CAMPAIGN,
              row[3],
              CampaignRequest.newBuilder().setName(bytes("foo-e")).build())
          .add(
              "leader",
              who,
              LEADER,
              row[4],
              LeaderRequest.newBuilder().setName(bytes("foo-led")).build());
    }
    return cases.over(Face.GRPC);
  }

  @Test
  void anObservationOfOneWhoMayNotReadEndsWithoutAnError() throws Exception {
    ok(
        TOKENS.get("root"),
        CAMPAIGN,
        CampaignRequest.newBuilder().setName(bytes("foo-seen")).setLease(106).build());
    assertThat(observe("rw")).isEqualTo("an item");
    assertThat(observe("rd")).isEqualTo("an item");
    for (String who : List.of("wr", "none", NOBODY)) {
      assertThat(observe(who)).as(who).isEqualTo("the end");
    }
    HttpResponse<String> overJson =
        client.post(
            new Rpc<>(ElectionGrpc.getObserveMethod(), "/v3/election/observe"),
            TOKENS.get("none"),
            LeaderRequest.newBuilder().setName(bytes("foo-seen")).build());
    assertThat(overJson.statusCode()).isEqualTo(200);
    assertThat(overJson.body()).isEmpty();
  }

  private static String observe(String who) throws Exception {
    try (Context.CancellableContext call = Context.current().withCancellation()) {
      return call.call(
          () ->
              ElectionGrpc.newBlockingStub(client.channel())
                      .withInterceptors(
                          MetadataUtils.newAttachHeadersInterceptor(
                              AuthClient.withToken(TOKENS.get(who))))
                      .observe(LeaderRequest.newBuilder().setName(bytes("foo-seen")).build())
                      .hasNext()
                  ? "an item"
                  : "the end");
    }
  }

  @Test
  void aLeaseWithAKeyThatTheUserMayNotWriteIsNoGoodForALock() {
    assertThat(
            client.outcome(
                Face.GRPC,
                LOCK,
                TOKENS.get("rw"),
                LockRequest.newBuilder().setName(bytes("foo-m")).setLease(102).build()))
        .isEqualTo("UNKNOWN etcdserver: permission denied");
  }

  @Test
  void whoGivesUpWaitingLeavesNoKey() {
    ok(TOKENS.get("rw"), LOCK, LockRequest.newBuilder().setName(bytes("foo-q")).build());
    ClientInterceptor asUser =
        MetadataUtils.newAttachHeadersInterceptor(AuthClient.withToken(TOKENS.get("rw")));
    ListenableFuture<LockResponse> lock =
        LockGrpc.newFutureStub(client.channel())
            .withInterceptors(asUser)
            .lock(LockRequest.newBuilder().setName(bytes("foo-q")).build());
    awaitKeys("foo-q/", 2);
    ListenableFuture<CampaignResponse> campaign =
        ElectionGrpc.newFutureStub(client.channel())
            .withInterceptors(asUser)
            .campaign(CampaignRequest.newBuilder().setName(bytes("foo-q")).build());
    awaitKeys("foo-q/", 3);
    assertThat(lock.cancel(true)).isTrue();
    assertThat(campaign.cancel(true)).isTrue();
    awaitKeys("foo-q/", 1);
  }

  private static void awaitKeys(String prefix, long count) {
    Await.until(
        count + " keys",
        Duration.ofSeconds(20),
        () ->
            ok(TOKENS.get("root"), RANGE, get(prefix, prefix.replace('/', '0'))).getCount()
                == count);
  }

  @Test
  void healthAndReflectionNeedNoUser() {
    assertThat(
            HealthGrpc.newBlockingStub(client.channel())
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
    BlockingQueue<ServerReflectionResponse> answers = new LinkedBlockingQueue<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(client.channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable failure) {}

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    assertThat(take(answers).getListServicesResponse().getServiceList())
        .extracting(ServiceResponse::getName)
        .containsExactlyInAnyOrder(
            KVGrpc.SERVICE_NAME,
            WatchGrpc.SERVICE_NAME,
            LeaseGrpc.SERVICE_NAME,
            ClusterGrpc.SERVICE_NAME,
            MaintenanceGrpc.SERVICE_NAME,
            AuthGrpc.SERVICE_NAME,
            LockGrpc.SERVICE_NAME,
            ElectionGrpc.SERVICE_NAME,
            HealthGrpc.SERVICE_NAME,
            ServerReflectionGrpc.SERVICE_NAME);
    requests.onCompleted();
  }

  @Test
  void rootCompacts() {
    String root = TOKENS.get("root");
    long revision = ok(root, PUT, put("foo").build()).getHeader().getRevision();
    CompactionRequest request = CompactionRequest.newBuilder().setRevision(revision).build();
    assertThat(client.outcome(Face.GRPC, COMPACT, root, request)).as("41").isEqualTo(OK);
    assertThat(client.outcome(Face.JSON, COMPACT, root, request))
        .as("41: it has been compacted")
        .isEqualTo("OUT_OF_RANGE etcdserver: mvcc: required revision has been compacted");
  }

  @Test
  void anAlarmOfAnUnknownActionAndKindIsAnswered() {
    AlarmRequest request =
        AlarmRequest.newBuilder().setActionValue(77).setAlarmValue(9).setMemberID(1).build();
    assertThat(ok(TOKENS.get("root"), ALARM, request).getAlarmsList()).isEmpty();
    assertThat(client.outcome(Face.JSON, ALARM, TOKENS.get("root"), request)).isEqualTo(OK);
    for (AlarmRequest.AlarmAction action :
        List.of(AlarmRequest.AlarmAction.ACTIVATE, AlarmRequest.AlarmAction.DEACTIVATE)) {
      assertThat(
              ok(TOKENS.get("root"), ALARM, request.toBuilder().setAction(action).build())
                  .getAlarmsList())
          .isEmpty();
    }
    assertThat(client.outcome(Face.GRPC, RANGE, TOKENS.get("rd"), get("foo"))).isEqualTo(OK);
  }

  @Test
  void leasesWithoutKeysMayBeRevokedByAnyUser() {
    long own =
        ok(TOKENS.get("none"), GRANT, LeaseGrantRequest.newBuilder().setTTL(60).build()).getID();
    ok(TOKENS.get("none"), REVOKE, revoke(own));
    assertThat(client.outcome(Face.GRPC, REVOKE, TOKENS.get("none"), revoke(105)))
        .as("43: of somebody else")
        .isEqualTo(OK);
  }

  @Test
  void tokensAreReadFromTheFirstOfTheirPlacesThatThereIs() {
    String good = TOKENS.get("rd");
    Metadata.Key<String> token = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
    Metadata.Key<String> authorization =
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    Metadata both = new Metadata();
    both.put(token, "bad");
    both.put(authorization, good);
    assertThat(client.outcome(RANGE, both, get("foo"))).as("81").isEqualTo(IT);
    Metadata badFirst = new Metadata();
    badFirst.put(token, "bad");
    badFirst.put(token, good);
    assertThat(client.outcome(RANGE, badFirst, get("foo"))).as("81").isEqualTo(IT);
    Metadata goodFirst = new Metadata();
    goodFirst.put(token, good);
    goodFirst.put(token, "bad");
    assertThat(client.outcome(RANGE, goodFirst, get("foo"))).as("82").isEqualTo(OK);
    Metadata bearer = new Metadata();
    bearer.put(authorization, "Bearer " + good);
    assertThat(client.outcome(RANGE, bearer, get("foo"))).as("82").isEqualTo(OK);
    assertThat(client.outcome(RANGE, AuthClient.withToken("Bearer " + good), get("foo")))
        .as("82")
        .isEqualTo(OK);
    for (String bad : List.of("", "a.b.1", "a.-1", "aaaa.99999999")) {
      assertThat(client.outcome(RANGE, AuthClient.withToken(bad), get("foo")))
          .as("84, 85: " + bad)
          .isEqualTo(IT);
    }
    assertThat(client.outcome(Face.JSON, RANGE, "Bearer " + good, get("foo"))).isEqualTo(OK);
    for (String bad : List.of("bearer " + good, "Bearer  " + good)) {
      HttpResponse<String> refused = client.post(RANGE, bad, get("foo"));
      assertThat(refused.statusCode()).as("83").isEqualTo(401);
      assertThat(refused.headers().firstValue("Www-Authenticate"))
          .contains("etcdserver: invalid auth token");
    }
  }

  @Test
  void aStreamedRangeNeedsWhatARangeNeeds() {
    assertThat(rangeStream("rd", get("foo", "fop"))).as("18").isEqualTo(OK);
    assertThat(rangeStream("rd", get("z"))).as("18").isEqualTo(PD);
    assertThat(rangeStream(NOBODY, get("foo"))).as("18").isEqualTo(UE);
  }

  private static String rangeStream(String who, RangeRequest request) {
    Iterator<RangeStreamResponse> answers =
        KVGrpc.newBlockingStub(client.channel())
            .withInterceptors(
                MetadataUtils.newAttachHeadersInterceptor(AuthClient.withToken(TOKENS.get(who))))
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .rangeStream(request);
    try {
      while (answers.hasNext()) {
        assertThat(answers.next().hasRangeResponse()).isTrue();
      }
      return OK;
    } catch (StatusRuntimeException failed) {
      return AuthClient.textOf(failed.getStatus());
    }
  }

  @Test
  void snapshotsAreForRoot() {
    assertThat(snapshot(NOBODY)).isEqualTo(UE);
    assertThat(snapshot("none")).isEqualTo(PD);
    assertThat(snapshot("root")).isEqualTo(OK);
  }

  private static String snapshot(String who) {
    Iterator<SnapshotResponse> blobs =
        MaintenanceGrpc.newBlockingStub(client.channel())
            .withInterceptors(
                MetadataUtils.newAttachHeadersInterceptor(AuthClient.withToken(TOKENS.get(who))))
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .snapshot(SnapshotRequest.getDefaultInstance());
    try {
      while (blobs.hasNext()) {
        assertThat(blobs.next().getBlob()).isNotNull();
      }
      return OK;
    } catch (StatusRuntimeException failed) {
      return AuthClient.textOf(failed.getStatus());
    }
  }

  @Test
  void renewingALeaseNeedsToWriteItsKeys() {
    assertThat(keepAlive("wr", 101)).as("49").isEqualTo("TTL 3000");
    assertThat(keepAlive("rd", 101)).as("49").isEqualTo(PD);
    assertThat(keepAlive("none", 101)).as("49").isEqualTo(PD);
    assertThat(keepAlive(NOBODY, 101)).as("49").isEqualTo(UE);
    assertThat(keepAlive("none", 999)).as("50").isEqualTo("TTL 0");
    assertThat(keepAlive(NOBODY, 999)).as("50").isEqualTo(UE);
  }

  private static String keepAlive(String who, long lease) {
    BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    StreamObserver<LeaseKeepAliveRequest> requests =
        LeaseGrpc.newStub(client.channel())
            .withInterceptors(
                MetadataUtils.newAttachHeadersInterceptor(AuthClient.withToken(TOKENS.get(who))))
            .leaseKeepAlive(
                new StreamObserver<>() {
                  @Override
                  public void onNext(LeaseKeepAliveResponse answer) {
                    ends.add("TTL " + answer.getTTL());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    ends.add(AuthClient.textOf(Status.fromThrowable(failure)));
                  }

                  @Override
                  public void onCompleted() {
                    ends.add("the end");
                  }
                });
    requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
    String first = take(ends);
    if (first.startsWith("TTL")) {
      requests.onCompleted();
    }
    return first;
  }

  private static <T> T take(BlockingQueue<T> queue) {
    try {
      T next = queue.poll(20, TimeUnit.SECONDS);
      assertThat(next).as("an answer within 20 s").isNotNull();
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The watches of one stream of a user. */
  private static final class Watches implements AutoCloseable, StreamObserver<WatchResponse> {
    private final BlockingQueue<WatchResponse> answers = new LinkedBlockingQueue<>();
    private final StreamObserver<WatchRequest> requests;

    private Watches(@Nullable String token) {
      requests =
          WatchGrpc.newStub(client.channel())
              .withInterceptors(
                  MetadataUtils.newAttachHeadersInterceptor(AuthClient.withToken(token)))
              .watch(this);
    }

    /** How the creation is answered: OK, or the reason why not. */
    private String create(String key, String end, long startRevision) {
      requests.onNext(
          WatchRequest.newBuilder()
              .setCreateRequest(
                  WatchCreateRequest.newBuilder()
                      .setKey(bytes(key))
                      .setRangeEnd(bytes(end))
                      .setStartRevision(startRevision))
              .build());
      WatchResponse created = take(answers);
      assertThat(created.getCreated()).isTrue();
      if (created.getCanceled()) {
        assertThat(created.getWatchId()).isEqualTo(-1);
        return created.getCancelReason();
      }
      return OK;
    }

    private String event() {
      return take(answers).getEvents(0).getKv().getKey().toStringUtf8();
    }

    @Override
    public void onNext(WatchResponse answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}

    @Override
    public void close() {
      requests.onCompleted();
    }
  }

  private static String denied(String code, String outcome) {
    return "rpc error: code = " + code + " desc = " + outcome.substring(outcome.indexOf(' ') + 1);
  }

  @Test
  void aWatcherNeedsToReadItsRange() {
    String refused = denied("PermissionDenied", PD);
    try (Watches rd = new Watches(TOKENS.get("rd"))) {
      assertThat(rd.create("z", "", 0)).as("53").isEqualTo(refused);
      assertThat(rd.create("foo", "\0", 0)).as("53").isEqualTo(refused);
      assertThat(rd.create("", "\0", 0)).as("53").isEqualTo(refused);
      assertThat(rd.create("foo", "", 0)).as("52").isEqualTo(OK);
      assertThat(rd.create("foo", "fop", 0)).as("52").isEqualTo(OK);
      assertThat(rd.create("fop", "foo", 0)).as("55").isEqualTo(refused);
      assertThat(rd.create("z", "", -1)).as("54").isEqualTo(COMPACTED);
    }
    try (Watches root = new Watches(TOKENS.get("root"))) {
      assertThat(root.create("fop", "foo", 0)).as("55").isEqualTo("mvcc: watcher range is empty");
    }
    try (Watches all = new Watches(TOKENS.get("all"))) {
      assertThat(all.create("", "\0", 0)).isEqualTo(OK);
    }
    try (Watches bad = new Watches("bad.1")) {
      assertThat(bad.create("foo", "", 0)).as("56").isEqualTo(denied("Unauthenticated", IT));
    }
    try (Watches nobody = new Watches(null)) {
      assertThat(nobody.create("foo", "", 0)).isEqualTo(denied("InvalidArgument", UE));
      assertThat(nobody.create("z", "", -1)).as("54").isEqualTo(COMPACTED);
    }
  }

  private static String createJson(String key, String end, long startRevision) {
    return "{\"create_request\":{\"key\":\"%s\",\"range_end\":\"%s\",\"start_revision\":%d}}"
        .formatted(Json.base64(key), Json.base64(end), startRevision);
  }

  /** How the creation is answered: OK, or the reason why not. */
  private static String outcomeOfCreation(JsonObject created) {
    assertThat(created.get("created").getAsBoolean()).isTrue();
    if (!created.has("canceled")) {
      return OK;
    }
    assertThat(created.get("watch_id").getAsString()).isEqualTo("-1");
    return created.get("cancel_reason").getAsString();
  }

  private static String watchOverJson(
      @Nullable String token, String key, String end, long startRevision) {
    try (JsonGateway.Stream stream =
        new JsonGateway(server.endpoint())
            .open("/v3/watch", createJson(key, end, startRevision), token)) {
      return outcomeOfCreation(stream.result());
    }
  }

  @Test
  void aWatcherNeedsToReadItsRangeOverJsonToo() {
    String refused = denied("PermissionDenied", PD);
    String rd = TOKENS.get("rd");
    assertThat(watchOverJson(rd, "foo", "", 0)).as("52").isEqualTo(OK);
    assertThat(watchOverJson(rd, "foo", "fop", 0)).as("52").isEqualTo(OK);
    assertThat(watchOverJson(rd, "z", "", 0)).as("53").isEqualTo(refused);
    assertThat(watchOverJson(rd, "foo", "\0", 0)).as("53").isEqualTo(refused);
    assertThat(watchOverJson(rd, "", "\0", 0)).as("53").isEqualTo(refused);
    for (String token : Arrays.asList(rd, null)) {
      assertThat(watchOverJson(token, "z", "", -1))
          .as("54")
          .isEqualTo("etcdserver: mvcc: required revision has been compacted");
    }
    assertThat(watchOverJson(rd, "fop", "foo", 0)).as("55").isEqualTo(refused);
    assertThat(watchOverJson(TOKENS.get("root"), "fop", "foo", 0))
        .as("55")
        .isEqualTo("mvcc: watcher range is empty");
    assertThat(watchOverJson("bad.1", "foo", "", 0))
        .as("56")
        .isEqualTo(denied("Unauthenticated", IT));
    assertThat(watchOverJson(null, "foo", "", 0)).isEqualTo(denied("InvalidArgument", UE));
  }

  @Test
  void anErrorBeforeTheFirstMessageOfAStreamIsAStatusWithALine() throws IOException {
    for (String path : List.of("/v3/lease/keepalive", "/v3/maintenance/snapshot")) {
      try (RawHttp http = RawHttp.connect(server.endpoint())) {
        http.post(path, "{\"ID\":\"5\"}");
        assertThat(http.head())
            .startsWith("HTTP/1.1 400 ")
            .containsIgnoringCase("\nTransfer-Encoding: chunked\n");
        assertThat(http.chunk())
            .isEqualTo("{\"error\":{\"code\":3,\"message\":\"etcdserver: user name is empty\"}}\n");
        assertThat(http.chunk()).isEmpty();
      }
    }
  }

  @Test
  void aWebSocketTakesItsTokenFromAProtocolOrACookie() throws IOException {
    String rd = TOKENS.get("rd");
    assertThat(watchOverSocket("Sec-WebSocket-Protocol: Bearer, " + rd)).isEqualTo(OK);
    assertThat(watchOverSocket("Sec-WebSocket-Protocol: Bearer," + rd)).isEqualTo(OK);
    assertThat(watchOverSocket("Sec-WebSocket-Protocol: Bearer " + rd))
        .isEqualTo(denied("Unauthenticated", IT));
    assertThat(watchOverSocket("Cookie: token=" + rd)).isEqualTo(OK);
    assertThat(watchOverSocket("Sec-WebSocket-Protocol: Bearer, bad.1\r\nCookie: token=" + rd))
        .isEqualTo(OK);
    for (String name : List.of("Authorization", "Grpc-Metadata-Token")) {
      assertThat(watchOverSocket(name + ": " + rd)).isEqualTo(denied("InvalidArgument", UE));
    }
    try (RawWebSocket socket = RawWebSocket.connect(server.endpoint(), "/v3/lease/keepalive")) {
      assertThat(socket.send("{\"ID\":\"5\"}").message())
          .isEqualTo("{\"error\":{\"code\":3,\"message\":\"etcdserver: user name is empty\"}}");
      assertThat(socket.next()).isEqualTo(RawWebSocket.END);
    }
  }

  private static String watchOverSocket(String header) throws IOException {
    try (RawWebSocket socket =
        RawWebSocket.connect(server.endpoint(), "/v3/watch", header.split("\r\n"))) {
      String refused = socket.send(createJson("z", "", 0)).message();
      String created = socket.send(createJson("foo", "", 0)).message();
      assertThat(outcomeOfCreation(result(refused))).isNotEqualTo(OK);
      return outcomeOfCreation(result(created));
    }
  }

  private static JsonObject result(String message) {
    return Json.object(message).getAsJsonObject("result");
  }

  @Test
  void aWatcherThatExistsIsNotCheckedAgain() {
    user("w1", range(READ, "w1", ""));
    try (Watches watches = new Watches(TOKENS.get("w1"))) {
      assertThat(watches.create("w1", "", 0)).isEqualTo(OK);
      ok(
          TOKENS.get("root"),
          REVOKE_PERMISSION,
          AuthRoleRevokePermissionRequest.newBuilder().setRole("w1").setKey(bytes("w1")).build());
      assertThat(client.outcome(Face.GRPC, RANGE, TOKENS.get("w1"), get("w1")))
          .as("68")
          .isEqualTo(PD);
      ok(TOKENS.get("root"), PUT, put("w1").build());
      assertThat(watches.event()).as("69").isEqualTo("w1");
      ok(TOKENS.get("root"), USER_DELETE, AuthUserDeleteRequest.newBuilder().setName("w1").build());
      ok(TOKENS.get("root"), PUT, put("w1").build());
      assertThat(watches.event()).as("69").isEqualTo("w1");
      assertThat(client.outcome(Face.GRPC, RANGE, TOKENS.get("w1"), get("w1")))
          .as("70")
          .isEqualTo(IT);
      assertThat(watches.create("w1", "", 0)).as("70").isEqualTo(denied("Unauthenticated", IT));
    }
  }

  @Test
  void aPasswordThatIsChangedEndsTheTokens() {
    user("pw");
    ok(
        TOKENS.get("root"),
        CHANGE_PASSWORD,
        AuthUserChangePasswordRequest.newBuilder().setName("pw").setPassword("new").build());
    assertThat(client.outcome(Face.GRPC, RANGE, TOKENS.get("pw"), get("foo")))
        .as("67")
        .isEqualTo(IT);
    assertThat(client.login("pw", "new")).isNotEmpty();
    ok(TOKENS.get("root"), GRANT_ROLE, grantRole("pw", "root"));
    String own = client.login("pw", "new");
    ok(
        own,
        CHANGE_PASSWORD,
        AuthUserChangePasswordRequest.newBuilder().setName("pw").setPassword("newer").build());
    assertThat(client.outcome(Face.GRPC, RANGE, own, get("foo"))).as("67").isEqualTo(IT);
    ok(
        TOKENS.get("root"),
        CHANGE_PASSWORD,
        AuthUserChangePasswordRequest.newBuilder().setName("pw").build());
    assertThat(client.outcome(Face.GRPC, AUTHENTICATE, null, authenticate("pw", "")))
        .startsWith("INVALID_ARGUMENT etcdserver: authentication failed");
  }

  @Test
  void whetherThereIsTheUserMattersBeforeItsNewHash() {
    user("hash");
    AuthUserChangePasswordRequest change =
        AuthUserChangePasswordRequest.newBuilder()
            .setName("hash")
            .setHashedPassword("no base64")
            .build();
    String root = TOKENS.get("root");
    assertThat(client.outcome(Face.GRPC, CHANGE_PASSWORD, TOKENS.get("none"), change))
        .isEqualTo(PD);
    assertThat(client.outcome(Face.GRPC, CHANGE_PASSWORD, root, change))
        .isEqualTo("UNKNOWN auth: authentication failed, password was given for no password user");
    assertThat(
            client.outcome(
                Face.GRPC, CHANGE_PASSWORD, root, change.toBuilder().setName("nobody").build()))
        .isEqualTo("FAILED_PRECONDITION etcdserver: user name not found");
  }

  @Test
  void aRoleThatIsDeletedIsTakenFromItsUsers() {
    user("gone", range(READWRITE, "gone", ""));
    assertThat(client.outcome(Face.GRPC, RANGE, TOKENS.get("gone"), get("gone"))).isEqualTo(OK);
    ok(TOKENS.get("root"), ROLE_DELETE, AuthRoleDeleteRequest.newBuilder().setRole("gone").build());
    assertThat(client.outcome(Face.GRPC, RANGE, TOKENS.get("gone"), get("gone")))
        .as("72")
        .isEqualTo(PD);
    assertThat(ok(TOKENS.get("root"), USER_GET, userGet("gone")).getRolesList()).isEmpty();
  }

  @Test
  void aUserWithoutAPasswordCannotLogIn() {
    ok(
        TOKENS.get("root"),
        USER_ADD,
        AuthUserAddRequest.newBuilder()
            .setName("np")
            .setPassword("np")
            .setOptions(UserAddOptions.newBuilder().setNoPassword(true))
            .build());
    assertThat(client.outcome(Face.GRPC, AUTHENTICATE, null, authenticate("np", "np")))
        .isEqualTo("UNKNOWN auth: authentication failed, password was given for no password user");
  }

  @Test
  void theRoleRootIsShownWithEverythingOnceThereIsOne() {
    ok(TOKENS.get("root"), ROLE_ADD, AuthRoleAddRequest.newBuilder().setName("root").build());
    try {
      Permission shown = ok(TOKENS.get("root"), ROLE_GET, roleGet("root")).getPerm(0);
      assertThat(shown).isEqualTo(range(READWRITE, "", "\0"));
    } finally {
      ok(TOKENS.get("root"), DISABLE, AuthDisableRequest.getDefaultInstance());
      ok(null, ROLE_DELETE, AuthRoleDeleteRequest.newBuilder().setRole("root").build());
      ok(null, GRANT_ROLE, grantRole("root", "root"));
      ok(null, GRANT_ROLE, grantRole("adm", "root"));
      ok(null, ENABLE, AuthEnableRequest.getDefaultInstance());
      login();
    }
  }

  @Test
  void withAuthOffTokensAreNotLookedAtAndOldOnesStayInvalid() {
    String before = TOKENS.get("root");
    ok(before, DISABLE, AuthDisableRequest.getDefaultInstance());
    try (Watches early = new Watches(null)) {
      assertThat(client.outcome(Face.GRPC, RANGE, "bad.1", get("foo"))).as("74").isEqualTo(OK);
      assertThat(client.outcome(Face.JSON, RANGE, "bad.1", get("foo"))).as("74").isEqualTo(OK);
      assertThat(client.outcome(Face.GRPC, AUTHENTICATE, null, authenticate("rd", "rd")))
          .isEqualTo("FAILED_PRECONDITION etcdserver: authentication is not enabled");
      assertThat(early.create("foo", "", 0)).isEqualTo(OK);
      ok(null, ENABLE, AuthEnableRequest.getDefaultInstance());
      assertThat(client.outcome(Face.GRPC, RANGE, before, get("foo"))).as("75").isEqualTo(IT);
      login();
      ok(TOKENS.get("root"), PUT, put("foo").build());
      assertThat(early.event()).as("71").isEqualTo("foo");
      assertThat(early.create("foo", "", 0)).as("71").isEqualTo(denied("InvalidArgument", UE));
    }
  }

  /** Neither what was given as a password nor a token stands in the log of the server. */
  @Test
  void theLogShowsNeitherPasswordsNorTokens() {
    user("a-password-to-look-for");
    String token = TOKENS.get("a-password-to-look-for");
    assertThat(client.outcome(Face.GRPC, RANGE, token, get("foo"))).isEqualTo(PD);
    assertThat(server.stderr())
        .noneMatch(line -> line.contains("a-password-to-look-for") || line.contains(token));
  }
}
