package io.kvorum.differential;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmResponse;
import io.kvorum.proto.etcdserverpb.AuthDisableRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleListRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleListResponse;
import io.kvorum.proto.etcdserverpb.AuthStatusRequest;
import io.kvorum.proto.etcdserverpb.AuthStatusResponse;
import io.kvorum.proto.etcdserverpb.AuthUserDeleteRequest;
import io.kvorum.proto.etcdserverpb.AuthUserListRequest;
import io.kvorum.proto.etcdserverpb.AuthUserListResponse;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateResponse;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeResponse;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseLeasesResponse;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.LeaseStatus;
import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import io.kvorum.proto.etcdserverpb.MemberRemoveRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.testing.Channels;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.ServerUnderTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One of the two servers over all sequences: its connections, and the clean state in which each
 * sequence begins. Used by one thread at a time.
 */
final class Server implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The password of each user whose login succeeds. */
  static final String PASSWORD = "pw";

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final ByteString EVERYTHING = ByteString.copyFrom(new byte[1]);

  private final URI endpoint;
  private final URI peer;
  private final ManagedChannel channel;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final String version;
  private final ResponseHeader ids;

  /** Connects to a server that has just started. */
  Server(ServerProcess process, URI peer) {
    this.endpoint = process.endpoint();
    this.peer = peer;
    this.channel = Channels.to(endpoint);
    StatusResponse status = call(Rpc.STATUS, StatusRequest.getDefaultInstance());
    this.version = status.getVersion();
    this.ids = status.getHeader();
    ServerUnderTest.awaitJson(endpoint);
  }

  String version() {
    return version;
  }

  URI endpoint() {
    return endpoint;
  }

  HttpClient http() {
    return http;
  }

  /** The connection, with that token. */
  Channel channel(@Nullable String token) {
    if (token == null) {
      return channel;
    }
    Metadata headers = new Metadata();
    headers.put(TOKEN, token);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  long memberId() {
    return ids.getMemberId();
  }

  /** What this server says of itself, and what it is compared as. */
  Map<String, String> names() {
    Map<String, String> names = new TreeMap<>();
    names.put(Long.toUnsignedString(ids.getMemberId()), "member");
    names.put(Long.toUnsignedString(ids.getClusterId()), "cluster");
    names.put(Long.toHexString(ids.getMemberId()), "hex of member");
    names.put(endpoint.toString(), "client URL");
    names.put(peer.toString(), "peer URL");
    return names;
  }

  @SuppressWarnings("unchecked")
  private <A extends Message> A call(Rpc rpc, Message request) {
    return (A)
        ClientCalls.blockingUnaryCall(
            channel,
            rpc.method(),
            CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS),
            request);
  }

  /** The revision now, for anybody. */
  long revision() {
    TxnResponse nothing = call(Rpc.TXN, TxnRequest.getDefaultInstance());
    return nothing.getHeader().getRevision();
  }

  /** Takes everything away that a sequence has left; the revision then. */
  long clean() {
    disableAuth();
    AlarmResponse alarms = call(Rpc.ALARM, AlarmRequest.getDefaultInstance());
    for (AlarmMember alarm : alarms.getAlarmsList()) {
      var unused =
          call(
              Rpc.ALARM,
              AlarmRequest.newBuilder()
                  .setAction(AlarmRequest.AlarmAction.DEACTIVATE)
                  .setMemberID(alarm.getMemberID())
                  .setAlarmValue(alarm.getAlarmValue())
                  .build());
    }
    LeaseLeasesResponse leases = call(Rpc.LEASES, LeaseLeasesRequest.getDefaultInstance());
    for (LeaseStatus lease : leases.getLeasesList()) {
      var unused =
          call(Rpc.LEASE_REVOKE, LeaseRevokeRequest.newBuilder().setID(lease.getID()).build());
    }
    cleanAuth();
    MemberListResponse members = call(Rpc.MEMBER_LIST, MemberListRequest.getDefaultInstance());
    for (Member member : members.getMembersList()) {
      if (member.getID() != ids.getMemberId()) {
        var unused =
            call(Rpc.MEMBER_REMOVE, MemberRemoveRequest.newBuilder().setID(member.getID()).build());
      }
    }
    DeleteRangeResponse deleted =
        call(
            Rpc.DELETE,
            DeleteRangeRequest.newBuilder().setKey(EVERYTHING).setRangeEnd(EVERYTHING).build());
    return deleted.getHeader().getRevision();
  }

  private void disableAuth() {
    AuthenticateResponse login;
    try {
      login =
          call(
              Rpc.AUTHENTICATE,
              AuthenticateRequest.newBuilder().setName(Users.ROOT).setPassword(PASSWORD).build());
    } catch (StatusRuntimeException off) {
      if (off.getStatus().getCode() == Status.Code.FAILED_PRECONDITION) {
        return;
      }
      throw off;
    }
    ClientCalls.blockingUnaryCall(
        channel(login.getToken()),
        Rpc.AUTH_DISABLE.method(),
        CallOptions.DEFAULT.withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS),
        AuthDisableRequest.getDefaultInstance());
  }

  private void cleanAuth() {
    AuthUserListResponse users = call(Rpc.USER_LIST, AuthUserListRequest.getDefaultInstance());
    for (String user : users.getUsersList()) {
      var unused = call(Rpc.USER_DELETE, AuthUserDeleteRequest.newBuilder().setName(user).build());
    }
    AuthRoleListResponse roles = call(Rpc.ROLE_LIST, AuthRoleListRequest.getDefaultInstance());
    for (String role : roles.getRolesList()) {
      var unused = call(Rpc.ROLE_DELETE, AuthRoleDeleteRequest.newBuilder().setRole(role).build());
    }
  }

  /**
   * Leaves one key, which the last revision has made, and the store compacted there.
   *
   * @param revision at least three more than the one now
   * @return where it is
   */
  long alignTo(long revision) {
    ByteString key = ByteString.copyFromUtf8("align");
    PutRequest put = PutRequest.newBuilder().setKey(key).build();
    for (long now = revision(); now < revision - 2; ) {
      PutResponse done = call(Rpc.PUT, put);
      now = done.getHeader().getRevision();
    }
    DeleteRangeResponse deleted =
        call(Rpc.DELETE, DeleteRangeRequest.newBuilder().setKey(key).build());
    PutResponse last = call(Rpc.PUT, put);
    var unused =
        call(
            Rpc.COMPACT,
            CompactionRequest.newBuilder()
                .setRevision(deleted.getHeader().getRevision() + 1)
                .setPhysical(true)
                .build());
    return last.getHeader().getRevision();
  }

  /** 0 where the call is not known yet. */
  long authRevision() {
    try {
      AuthStatusResponse status = call(Rpc.AUTH_STATUS, AuthStatusRequest.getDefaultInstance());
      return status.getAuthRevision();
    } catch (StatusRuntimeException old) {
      if (old.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
        return 0;
      }
      throw old;
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
