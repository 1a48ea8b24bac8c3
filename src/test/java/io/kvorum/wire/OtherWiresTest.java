package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberAddResponse;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Header;
import io.kvorum.service.LeaseService;
import io.kvorum.service.MaintenanceService;
import java.util.List;
import org.junit.jupiter.api.Test;

class OtherWiresTest {
  private static final Header HEADER = new Header(7, 8, 9, 10);

  @Test
  void leaseAnswersCarryIdAndTimes() {
    assertThat(LeaseWire.response(HEADER, new Result.LeaseGrant(9, 5, 60)).getTTL()).isEqualTo(60);
    LeaseKeepAliveResponse gone = LeaseWire.response(HEADER, new LeaseService.KeepAlive(5, 0));
    assertThat(gone.getID()).isEqualTo(5);
    assertThat(gone.getTTL()).isZero();
    assertThat(gone.getHeader().getRevision()).isEqualTo(9);
    LeaseTimeToLiveResponse timeToLive =
        LeaseWire.response(
            HEADER, new LeaseService.TimeToLive(5, -1, 60, List.of(Bytes.utf8("k"))));
    assertThat(timeToLive.getTTL()).isEqualTo(-1);
    assertThat(timeToLive.getGrantedTTL()).isEqualTo(60);
    assertThat(timeToLive.getKeys(0).toStringUtf8()).isEqualTo("k");
    assertThat(LeaseWire.response(HEADER, List.of(3L, 1L)).getLeasesList())
        .extracting(lease -> lease.getID())
        .containsExactly(3L, 1L);
    assertThat(LeaseWire.response(HEADER, new Result.LeaseRevoke(9)).getHeader().getRevision())
        .isEqualTo(9);
  }

  @Test
  void aMemberKeepsAllThatIsKnownOfItInEveryAnswer() {
    ClusterMember member =
        new ClusterMember(-3, "m0", List.of("http://p"), List.of("http://c"), true);
    List<ClusterMember> all = List.of(member);
    Header header = new Header(7, 8, 0, 10);
    Member expected =
        Member.newBuilder()
            .setID(-3)
            .setName("m0")
            .addPeerURLs("http://p")
            .addClientURLs("http://c")
            .setIsLearner(true)
            .build();
    assertThat(ClusterWire.listed(header, all).getMembersList()).containsExactly(expected);
    assertThat(ClusterWire.removed(header, all).getMembersList()).containsExactly(expected);
    assertThat(ClusterWire.updated(header, all).getMembersList()).containsExactly(expected);
    assertThat(ClusterWire.promoted(header, all).getMembersList()).containsExactly(expected);
    MemberAddResponse added =
        ClusterWire.added(header, new ClusterService.Added(member, List.of(member, member)));
    assertThat(added.getMember()).isEqualTo(expected);
    assertThat(added.getMembersList()).containsExactly(expected, expected);
    assertThat(added.getHeader()).isEqualTo(HeaderWire.header(header));
  }

  @Test
  void aLearnerServesItsStatusAndItsOwnStoreAlone() {
    assertThat(LearnerCalls.isServed(StatusRequest.getDefaultInstance())).isTrue();
    assertThat(LearnerCalls.isServed(RangeRequest.newBuilder().setSerializable(true).build()))
        .isTrue();
    for (Object request :
        List.of(
            RangeRequest.getDefaultInstance(),
            PutRequest.getDefaultInstance(),
            AlarmRequest.getDefaultInstance(),
            MemberListRequest.getDefaultInstance())) {
      assertThat(LearnerCalls.isServed(request)).as("%s", request.getClass()).isFalse();
    }
    assertThat(LearnerCalls.isStreamServed(name(MaintenanceGrpc.getSnapshotMethod()))).isTrue();
    assertThat(LearnerCalls.isStreamServed(name(WatchGrpc.getWatchMethod()))).isFalse();
    assertThat(LearnerCalls.isStreamServed(name(LeaseGrpc.getLeaseKeepAliveMethod()))).isFalse();
    assertThat(LearnerCalls.isStreamServed(name(KVGrpc.getRangeStreamMethod()))).isFalse();
  }

  private static String name(MethodDescriptor<?, ?> method) {
    return method.getFullMethodName();
  }

  @Test
  void statusKeepsEveryFigureInItsPlace() {
    StatusResponse response =
        MaintenanceWire.response(
            HEADER,
            new MaintenanceService.Status(
                "3.7.0", 1, 2, 3, 4, 5, 6, 7, List.of("alarm"), true, "3.7.0"));
    assertThat(response)
        .isEqualTo(
            StatusResponse.newBuilder()
                .setHeader(HeaderWire.header(HEADER))
                .setVersion("3.7.0")
                .setDbSize(1)
                .setDbSizeInUse(2)
                .setDbSizeQuota(3)
                .setLeader(4)
                .setRaftIndex(5)
                .setRaftTerm(6)
                .setRaftAppliedIndex(7)
                .addErrors("alarm")
                .setIsLearner(true)
                .setStorageVersion("3.7.0")
                .build());
  }

  @Test
  void alarmsOfNoKindAreNoneAndAGetOfNoKindAsksForAll() {
    Alarm noSpace = new Alarm(3, Alarm.Kind.NOSPACE);
    AlarmRequest request =
        AlarmRequest.newBuilder().setMemberID(3).setAlarm(AlarmType.NOSPACE).build();
    assertThat(MaintenanceWire.alarm(request)).isEqualTo(noSpace);
    assertThat(MaintenanceWire.alarm(AlarmRequest.getDefaultInstance())).isNull();
    assertThat(MaintenanceWire.alarm(AlarmRequest.newBuilder().setAlarmValue(9).build())).isNull();
    assertThat(MaintenanceWire.asksFor(AlarmRequest.getDefaultInstance(), noSpace)).isTrue();
    assertThat(MaintenanceWire.asksFor(request, noSpace)).isTrue();
    assertThat(
            MaintenanceWire.asksFor(
                AlarmRequest.newBuilder().setAlarm(AlarmType.CORRUPT).build(), noSpace))
        .isFalse();
    assertThat(MaintenanceWire.response(HEADER, List.of(noSpace)).getAlarms(0).getAlarm())
        .isEqualTo(AlarmType.NOSPACE);
  }
}
