package io.kvorum.ctl.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.proto.etcdserverpb.DowngradeInfo;
import io.kvorum.proto.etcdserverpb.HashKVResponse;
import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The samples of what etcdctl 3.7.1 printed. */
final class EndpointReportsTest {
  private static final String ENDPOINT = "127.0.0.1:25000";

  private static final StatusResponse STATUS =
      StatusResponse.newBuilder()
          .setHeader(header(6))
          .setVersion("3.7.1")
          .setDbSize(20480)
          .setLeader(5724506925566099525L)
          .setRaftIndex(31)
          .setRaftTerm(2)
          .setRaftAppliedIndex(31)
          .setDbSizeInUse(12288)
          .setStorageVersion("3.7.0")
          .setDbSizeQuota(120000)
          .setDowngradeInfo(DowngradeInfo.getDefaultInstance())
          .build();

  private static final StatusResponse STATUS_WITH_ALARMS =
      STATUS.toBuilder()
          .setDbSize(28672)
          .setDbSizeInUse(24576)
          .setStorageVersion("3.6.0")
          .setDbSizeQuota(2147483648L)
          .setRaftIndex(44)
          .setRaftAppliedIndex(44)
          .addErrors("alarm:NOSPACE")
          .addErrors("memberID:5 alarm:CORRUPT")
          .setDowngradeInfo(
              DowngradeInfo.newBuilder().setEnabled(true).setTargetVersion("3.6.0").build())
          .build();

  private static final HashKVResponse HASH =
      HashKVResponse.newBuilder()
          .setHeader(header(6))
          .setHash((int) 4011054048L)
          .setCompactRevision(5)
          .setHashRevision(6)
          .build();

  static ResponseHeader header(long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(7438200942389488494L)
        .setMemberId(5724506925566099525L)
        .setRevision(revision)
        .setRaftTerm(2)
        .build();
  }

  private static StatusReport status(StatusResponse... answers) {
    return new StatusReport(
        List.of(answers).stream().map(one -> new StatusReport.Endpoint(ENDPOINT, one)).toList(),
        false);
  }

  @Test
  void statusInLines() {
    assertThat(status(STATUS, STATUS_WITH_ALARMS).simple())
        .containsExactly(
            "127.0.0.1:25000, 4f7188b814a18045, 3.7.1, 3.7.0, 20 kB, 12 kB, 40%, 120 kB, true,"
                + " false, 2, 31, 31, , , false",
            "127.0.0.1:25000, 4f7188b814a18045, 3.7.1, 3.6.0, 29 kB, 25 kB, 15%, 2.1 GB, true,"
                + " false, 2, 44, 44, alarm:NOSPACE, memberID:5 alarm:CORRUPT, 3.6.0, true");
  }

  @Test
  void statusAsJson() {
    assertThat(status(STATUS).json())
        .isEqualTo(
            "[{\"Endpoint\":\"127.0.0.1:25000\",\"Status\":{\"header\":{\"cluster_id\":"
                + "7438200942389488494,\"member_id\":5724506925566099525,\"revision\":6,"
                + "\"raft_term\":2},\"version\":\"3.7.1\",\"dbSize\":20480,\"leader\":"
                + "5724506925566099525,\"raftIndex\":31,\"raftTerm\":2,\"raftAppliedIndex\":31,"
                + "\"dbSizeInUse\":12288,\"storageVersion\":\"3.7.0\",\"dbSizeQuota\":120000,"
                + "\"downgradeInfo\":{}}}]");
    assertThat(status(STATUS_WITH_ALARMS).json())
        .contains(
            "\"raftAppliedIndex\":44,\"errors\":[\"alarm:NOSPACE\",\"memberID:5 alarm:CORRUPT\"],")
        .contains("\"downgradeInfo\":{\"enabled\":true,\"targetVersion\":\"3.6.0\"}");
    assertThat(status().json()).isEqualTo("null");
  }

  @Test
  void statusAsFields() {
    assertThat(status(STATUS_WITH_ALARMS).fields())
        .containsExactly(
            "\"ClusterID\" : 7438200942389488494",
            "\"MemberID\" : 5724506925566099525",
            "\"Revision\" : 6",
            "\"RaftTerm\" : 2",
            "\"Version\" : \"3.7.1\"",
            "\"StorageVersion\" : \"3.6.0\"",
            "\"DBSize\" : 28672",
            "\"DBSizeInUse\" : 24576",
            "\"DBSizeQuota\" : 2147483648",
            "\"Leader\" : 5724506925566099525",
            "\"IsLearner\" : false",
            "\"RaftIndex\" : 44",
            "\"RaftTerm\" : 2",
            "\"RaftAppliedIndex\" : 44",
            "\"Errors\" : [alarm:NOSPACE memberID:5 alarm:CORRUPT]",
            "\"Endpoint\" : \"127.0.0.1:25000\"",
            "\"DowngradeTargetVersion\" : \"3.6.0\"",
            "\"DowngradeEnabled\" : true",
            "");
    assertThat(
            new StatusReport(List.of(new StatusReport.Endpoint(ENDPOINT, STATUS)), true).fields())
        .startsWith("\"ClusterID\" : 6739cc590b19eb6e", "\"MemberID\" : 4f7188b814a18045");
  }

  @Test
  void anEmptyStoreHasNothingUnused() {
    assertThat(status(StatusResponse.getDefaultInstance()).simple().get(0)).contains(" 0%, ");
  }

  @Test
  void hashesInEveryForm() {
    HashKvReport report =
        new HashKvReport(List.of(new HashKvReport.Endpoint(ENDPOINT, HASH)), false);
    assertThat(report.simple()).containsExactly("127.0.0.1:25000, 4011054048, 6");
    assertThat(report.json())
        .isEqualTo(
            "[{\"Endpoint\":\"127.0.0.1:25000\",\"HashKV\":{\"header\":{\"cluster_id\":"
                + "7438200942389488494,\"member_id\":5724506925566099525,\"revision\":6,"
                + "\"raft_term\":2},\"hash\":4011054048,\"compact_revision\":5,"
                + "\"hash_revision\":6}}]");
    assertThat(report.fields())
        .endsWith(
            "\"Endpoint\" : \"127.0.0.1:25000\"",
            "\"Hash\" : 4011054048",
            "\"HashRevision\" : 6",
            "");
    assertThat(report.table().orElseThrow().drawn())
        .containsExactly(
            "┌─────────────────┬────────────┬───────────────┐",
            "│    ENDPOINT     │    HASH    │ HASH REVISION │",
            "├─────────────────┼────────────┼───────────────┤",
            "│ 127.0.0.1:25000 │ 4011054048 │             6 │",
            "└─────────────────┴────────────┴───────────────┘");
  }

  @Test
  void aTableWithoutRowsIsItsHeading() {
    assertThat(new HashKvReport(List.of(), false).table().orElseThrow().drawn())
        .containsExactly(
            "┌──────────┬──────┬───────────────┐",
            "│ ENDPOINT │ HASH │ HASH REVISION │",
            "└──────────┴──────┴───────────────┘");
  }

  @Test
  void healthInEveryForm() {
    HealthReport report =
        new HealthReport(
            List.of(
                new HealthReport.Endpoint(ENDPOINT, Duration.ofNanos(2_708_717), ""),
                new HealthReport.Endpoint(
                    "127.0.0.1:25099", Duration.ofSeconds(5), "context deadline exceeded"),
                new HealthReport.Endpoint(
                    "c:1",
                    Duration.ofNanos(3_054_841),
                    "Active Alarm(s): NOSPACE NOSPACE UNKNOWN ")));
    assertThat(report.isHealthy()).isFalse();
    assertThat(report.simple())
        .containsExactly(
            "127.0.0.1:25000 is healthy: successfully committed proposal: took = 2.708717ms");
    assertThat(report.complaints())
        .containsExactly(
            "127.0.0.1:25099 is unhealthy: failed to commit proposal: context deadline exceeded",
            "c:1 is unhealthy: failed to commit proposal: Active Alarm(s): NOSPACE NOSPACE UNKNOWN"
                + " ");
    assertThat(report.json())
        .isEqualTo(
            "[{\"endpoint\":\"127.0.0.1:25000\",\"health\":true,\"took\":\"2.708717ms\"},"
                + "{\"endpoint\":\"127.0.0.1:25099\",\"health\":false,\"took\":\"5s\","
                + "\"error\":\"context deadline exceeded\"},"
                + "{\"endpoint\":\"c:1\",\"health\":false,\"took\":\"3.054841ms\","
                + "\"error\":\"Active Alarm(s): NOSPACE NOSPACE UNKNOWN \"}]");
    assertThat(report.fields())
        .startsWith(
            "\"Endpoint\" : \"127.0.0.1:25000\"",
            "\"Health\" : true",
            "\"Took\" : 2.708717ms",
            "\"Error\" : ",
            "");
    assertThat(report.table().orElseThrow().heading())
        .containsExactly("endpoint", "health", "took", "error");
  }
}
