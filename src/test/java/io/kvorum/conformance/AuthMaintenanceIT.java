package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRefusals.BAD_TOKEN;
import static io.kvorum.conformance.AuthRefusals.DENIED;
import static io.kvorum.conformance.AuthRefusals.NO_USER;
import static io.kvorum.conformance.AuthRequests.alarm;
import static io.kvorum.conformance.AuthRequests.get;
import static io.kvorum.conformance.AuthRequests.put;
import static io.kvorum.conformance.AuthRpcs.ALARM;
import static io.kvorum.conformance.AuthRpcs.COMPACT;
import static io.kvorum.conformance.AuthRpcs.DEFRAGMENT;
import static io.kvorum.conformance.AuthRpcs.DOWNGRADE;
import static io.kvorum.conformance.AuthRpcs.HASH;
import static io.kvorum.conformance.AuthRpcs.HASH_KV;
import static io.kvorum.conformance.AuthRpcs.MEMBERS;
import static io.kvorum.conformance.AuthRpcs.MEMBER_ADD;
import static io.kvorum.conformance.AuthRpcs.MEMBER_PROMOTE;
import static io.kvorum.conformance.AuthRpcs.MEMBER_REMOVE;
import static io.kvorum.conformance.AuthRpcs.MEMBER_UPDATE;
import static io.kvorum.conformance.AuthRpcs.MOVE_LEADER;
import static io.kvorum.conformance.AuthRpcs.PUT;
import static io.kvorum.conformance.AuthRpcs.RANGE;
import static io.kvorum.conformance.AuthRpcs.STATUS;
import static io.kvorum.conformance.AuthServer.BAD;
import static io.kvorum.conformance.AuthServer.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.ClusterGrpc;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.DowngradeRequest;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.HashRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.MemberAddRequest;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.MemberPromoteRequest;
import io.kvorum.proto.etcdserverpb.MemberRemoveRequest;
import io.kvorum.proto.etcdserverpb.MemberUpdateRequest;
import io.kvorum.proto.etcdserverpb.MoveLeaderRequest;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.SnapshotResponse;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.v3electionpb.ElectionGrpc;
import io.kvorum.proto.v3lockpb.LockGrpc;
import io.kvorum.testing.StreamAnswers;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Compaction, members and maintenance with auth on: what any user may ask for, and what only root
 * may.
 */
@ExtendWith(AuthServer.Shared.class)
final class AuthMaintenanceIT {
  private final AuthServer server;

  AuthMaintenanceIT(AuthServer server) {
    this.server = server;
  }

  @TestFactory
  Stream<DynamicTest> whatAnyUserMayAskFor() {
    AuthCases cases = new AuthCases();
    String[][] ends = {{NOBODY, NO_USER}, {"none", OK}, {"root", OK}, {BAD, BAD_TOKEN}};
    for (String[] row : ends) {
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
    return cases.overBothFaces(server);
  }

  @TestFactory
  Stream<DynamicTest> whatOnlyRootMay() {
    CompactionRequest compaction = CompactionRequest.newBuilder().setRevision(1).build();
    AuthCases cases =
        new AuthCases()
            .add("41", "all", COMPACT, DENIED, compaction)
            .add("41", NOBODY, COMPACT, NO_USER, compaction);
    for (String[] row : new String[][] {{NOBODY, NO_USER}, {"none", DENIED}, {BAD, BAD_TOKEN}}) {
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
          .add("60", row[0], MEMBER_REMOVE, row[1], memberRemove(1))
          .add("60", row[0], MEMBER_ADD, row[1], memberAdd("http://127.0.0.1:1"));
    }
    return cases.overBothFaces(server);
  }

  @TestFactory
  Stream<DynamicTest> changesOfMembersThatCannotBe() {
    return new AuthCases()
        .add(
            "59",
            "- none root",
            MEMBER_ADD,
            "INVALID_ARGUMENT etcdserver: given member URLs are invalid",
            memberAdd("nourl"))
        .add("60", "root", MEMBER_REMOVE, "NOT_FOUND etcdserver: member not found", memberRemove(1))
        .overBothFaces(server);
  }

  private static MemberRemoveRequest memberRemove(long id) {
    return MemberRemoveRequest.newBuilder().setID(id).build();
  }

  private static MemberAddRequest memberAdd(String peerUrl) {
    return MemberAddRequest.newBuilder().addPeerURLs(peerUrl).build();
  }

  @Test
  void rootCompacts() {
    long revision = server.call("root", PUT, put("foo").build()).getHeader().getRevision();
    CompactionRequest request = CompactionRequest.newBuilder().setRevision(revision).build();
    assertThat(server.outcome("root", COMPACT, request)).as("41").isEqualTo(OK);
    assertThat(server.outcome(Face.JSON, "root", COMPACT, request))
        .as("41: it has been compacted")
        .isEqualTo("OUT_OF_RANGE etcdserver: mvcc: required revision has been compacted");
  }

  @Test
  void snapshotsAreForRoot() {
    assertThat(snapshot(NOBODY)).as("58").isEqualTo(NO_USER);
    assertThat(snapshot("none")).as("58").isEqualTo(DENIED);
    assertThat(snapshot("root")).isEqualTo(OK);
  }

  private String snapshot(String user) {
    Iterator<SnapshotResponse> blobs =
        server
            .as(user, MaintenanceGrpc.newBlockingStub(server.channel()))
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
  void anAlarmOfAnUnknownActionAndKindIsAnswered() {
    AlarmRequest request =
        AlarmRequest.newBuilder().setActionValue(77).setAlarmValue(9).setMemberID(1).build();
    assertThat(server.call("root", ALARM, request).getAlarmsList()).isEmpty();
    assertThat(server.outcome(Face.JSON, "root", ALARM, request)).isEqualTo(OK);
    for (AlarmRequest.AlarmAction action :
        List.of(AlarmRequest.AlarmAction.ACTIVATE, AlarmRequest.AlarmAction.DEACTIVATE)) {
      AlarmRequest known = request.toBuilder().setAction(action).build();
      assertThat(server.call("root", ALARM, known).getAlarmsList()).isEmpty();
    }
    assertThat(server.outcome("rd", RANGE, get("foo"))).isEqualTo(OK);
  }

  @Test
  void healthAndReflectionNeedNoUser() {
    assertThat(
            HealthGrpc.newBlockingStub(server.channel())
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
    StreamAnswers<ServerReflectionResponse> answers = new StreamAnswers<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(server.channel()).serverReflectionInfo(answers);
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    assertThat(answers.next().getListServicesResponse().getServiceList())
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
}
