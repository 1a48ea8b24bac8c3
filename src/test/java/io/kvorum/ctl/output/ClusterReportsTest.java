package io.kvorum.ctl.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmResponse;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import org.junit.jupiter.api.Test;

/** The samples of what etcdctl 3.7.1 printed. */
final class ClusterReportsTest {
  private static final MemberListResponse MEMBERS =
      MemberListResponse.newBuilder()
          .setHeader(EndpointReportsTest.header(0))
          .addMembers(
              Member.newBuilder()
                  .setID(5724506925566099525L)
                  .setName("m1")
                  .addPeerURLs("http://a:2380")
                  .addPeerURLs("http://b:2380")
                  .addClientURLs("http://a:2379"))
          .addMembers(Member.newBuilder().setID(-2).addPeerURLs("http://c:2380").setIsLearner(true))
          .build();

  private static final AlarmResponse ALARMS =
      AlarmResponse.newBuilder()
          .setHeader(EndpointReportsTest.header(7))
          .addAlarms(AlarmMember.newBuilder().setAlarm(AlarmType.NOSPACE))
          .addAlarms(AlarmMember.newBuilder().setMemberID(5).setAlarm(AlarmType.CORRUPT))
          .addAlarms(AlarmMember.newBuilder().setMemberID(7).setAlarmValue(9))
          .build();

  @Test
  void membersInLines() {
    assertThat(new MembersReport(MEMBERS, false).simple())
        .containsExactly(
            "4f7188b814a18045, started, m1, http://a:2380,http://b:2380, http://a:2379, false",
            "fffffffffffffffe, unstarted, , http://c:2380, , true");
  }

  @Test
  void membersAsJson() {
    assertThat(new MembersReport(MEMBERS, false).json())
        .isEqualTo(
            "{\"header\":{\"cluster_id\":7438200942389488494,\"member_id\":5724506925566099525,"
                + "\"raft_term\":2},\"members\":[{\"ID\":5724506925566099525,\"name\":\"m1\","
                + "\"peerURLs\":[\"http://a:2380\",\"http://b:2380\"],"
                + "\"clientURLs\":[\"http://a:2379\"]},"
                + "{\"ID\":18446744073709551614,\"peerURLs\":[\"http://c:2380\"],"
                + "\"isLearner\":true}]}");
    assertThat(new MembersReport(MEMBERS, true).json())
        .startsWith(
            "{\"header\":{\"cluster_id\":\"6739cc590b19eb6e\",\"member_id\":\"4f7188b814a18045\","
                + "\"raft_term\":2},\"members\":[{\"ID\":\"4f7188b814a18045\",\"name\":\"m1\",");
  }

  @Test
  void membersAsFields() {
    assertThat(new MembersReport(MEMBERS, false).fields())
        .containsExactly(
            "\"ClusterID\" : 7438200942389488494",
            "\"MemberID\" : 5724506925566099525",
            "\"RaftTerm\" : 2",
            "\"ID\" : 5724506925566099525",
            "\"Name\" : \"m1\"",
            "\"PeerURL\" : \"http://a:2380\"",
            "\"PeerURL\" : \"http://b:2380\"",
            "\"ClientURL\" : \"http://a:2379\"",
            "\"IsLearner\" : false",
            "",
            "\"ID\" : 18446744073709551614",
            "\"Name\" : \"\"",
            "\"PeerURL\" : \"http://c:2380\"",
            "\"IsLearner\" : true",
            "");
  }

  @Test
  void alarmsInLines() {
    assertThat(new AlarmsReport(ALARMS, false).simple())
        .containsExactly("alarm:NOSPACE", "memberID:5 alarm:CORRUPT", "memberID:7 alarm:9");
    assertThat(new AlarmsReport(AlarmResponse.getDefaultInstance(), false).simple()).isEmpty();
  }

  @Test
  void alarmsAsJson() {
    assertThat(new AlarmsReport(ALARMS, false).json())
        .isEqualTo(
            "{\"header\":{\"cluster_id\":7438200942389488494,\"member_id\":5724506925566099525,"
                + "\"revision\":7,\"raft_term\":2},\"alarms\":[{\"alarm\":1},"
                + "{\"memberID\":5,\"alarm\":2},{\"memberID\":7,\"alarm\":9}]}");
    assertThat(new AlarmsReport(AlarmResponse.getDefaultInstance(), false).json()).isEqualTo("{}");
  }

  @Test
  void alarmsAsFieldsAndNotAsATable() {
    assertThat(new AlarmsReport(ALARMS, true).fields())
        .endsWith(
            "\"MemberID\" : 0",
            "\"AlarmType\" : NOSPACE",
            "",
            "\"MemberID\" : 5",
            "\"AlarmType\" : CORRUPT",
            "",
            "\"MemberID\" : 7",
            "\"AlarmType\" : 9",
            "");
    assertThat(new AlarmsReport(ALARMS, false).table()).isEmpty();
  }
}
