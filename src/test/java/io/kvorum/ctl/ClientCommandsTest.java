package io.kvorum.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.HashKVResponse;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The commands that call members: what they print, and how they end. */
final class ClientCommandsTest {
  private static final String SHORT = "--command-timeout=500ms";

  private final StubMember member = new StubMember();
  private final StubMember other = new StubMember();
  private final String nobody = "127.0.0.1:" + Ports.free();

  ClientCommandsTest() throws IOException {}

  @AfterEach
  void close() {
    member.close();
    other.close();
  }

  private RunTool run(String command, String... endpoints) throws InterruptedException {
    return RunTool.with((command + " --endpoints=" + String.join(",", endpoints)).split(" ", -1));
  }

  @Test
  void healthOfAllEndpointsIsShownInTheirOrder() throws Exception {
    RunTool run = run("endpoint health", member.endpoint(), "http://" + other.endpoint());
    assertThat(run.status()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).hasSize(2);
    assertThat(run.out().get(0))
        .matches(
            member.endpoint()
                + " is healthy: successfully committed proposal: took = [0-9.]+(µs|ms|s)");
    assertThat(run.out().get(1)).startsWith("http://" + other.endpoint() + " is healthy");
  }

  @Test
  void anEndpointThatRefusesTheReadIsHealthyAndOneThatFailsIsNot() throws Exception {
    member.rangeFailure = Status.PERMISSION_DENIED.withDescription("etcdserver: permission denied");
    assertThat(run("endpoint health", member.endpoint()).status()).isZero();
    member.rangeFailure = Status.UNAVAILABLE.withDescription("etcdserver: no leader");
    RunTool run = run("endpoint health", member.endpoint());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .containsExactly(
            member.endpoint() + " is unhealthy: failed to commit proposal: etcdserver: no leader",
            "Error: unhealthy cluster");
  }

  @Test
  void anAlarmMakesAnEndpointUnhealthy() throws Exception {
    member.alarms.add(AlarmMember.newBuilder().setAlarm(AlarmType.NOSPACE).build());
    member.alarms.add(AlarmMember.newBuilder().setAlarmValue(9).build());
    RunTool run = run("endpoint health -w json", member.endpoint());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out().get(0))
        .matches(
            "\\[\\{\"endpoint\":\""
                + member.endpoint()
                + "\",\"health\":false,\"took\":\"[^\"]+\","
                + "\"error\":\"Active Alarm\\(s\\): NOSPACE UNKNOWN \"}]");
    assertThat(run.err()).containsExactly("Error: unhealthy cluster");
    member.alarms.clear();
    member.failure = Status.UNAVAILABLE;
    member.rangeFailure = Status.PERMISSION_DENIED;
    assertThat(run("endpoint health", member.endpoint()).err().get(0))
        .endsWith("Unable to fetch the alarm list");
  }

  @Test
  void statusOfThoseThatAnswerIsShownBesideTheFailures() throws Exception {
    member.status = StatusResponse.newBuilder().setVersion("3.7.1").setDbSize(20480).build();
    RunTool run = run("endpoint status " + SHORT, nobody, member.endpoint());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .containsExactly(
            "Failed to get the status of endpoint " + nobody + " (context deadline exceeded)");
    assertThat(run.out()).hasSize(1);
    assertThat(run.out().get(0)).startsWith(member.endpoint() + ", 0, 3.7.1, , 20 kB, 0 B, 100%");
  }

  @Test
  void hashesAreAskedForAtARevisionAndAFailureIsSaidTwice() throws Exception {
    member.hash = HashKVResponse.newBuilder().setHash(5).build();
    assertThat(run("endpoint hashkv --rev 3", member.endpoint()).out())
        .containsExactly(member.endpoint() + ", 5, 3");
    member.failure =
        Status.OUT_OF_RANGE.withDescription(
            "etcdserver: mvcc: required revision is a future revision");
    RunTool run = run("endpoint hashkv --rev 3 -w json", member.endpoint());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).containsExactly("null");
    assertThat(run.err())
        .containsExactly(
            "Failed to get the hash of endpoint "
                + member.endpoint()
                + " (etcdserver: mvcc: required revision is a future revision)",
            "Error: etcdserver: mvcc: required revision is a future revision");
  }

  @Test
  void theEndpointsOfTheWholeClusterComeFromItsMembers() throws Exception {
    member.clientUrls = List.of("http://" + member.endpoint(), "http://" + other.endpoint());
    assertThat(run("endpoint hashkv --cluster", member.endpoint()).out())
        .containsExactly(
            "http://" + member.endpoint() + ", 0, 0", "http://" + other.endpoint() + ", 0, 0");
    member.failure = Status.UNAVAILABLE.withDescription("etcdserver: server stopped");
    RunTool run = run("endpoint health --cluster", member.endpoint());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .containsExactly(
            "Error: failed to fetch endpoints from etcd cluster member list: etcdserver: server"
                + " stopped");
  }

  @Test
  void defragmentationGoesOnAfterAFailure() throws Exception {
    member.failure = Status.UNKNOWN.withDescription("etcdserver: disk full");
    RunTool run = run("defrag", member.endpoint(), other.endpoint());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).hasSize(1);
    assertThat(run.err().get(0))
        .matches(
            "Failed to defragment etcd member\\["
                + member.endpoint()
                + "\\]\\. took [^ ]+s\\. \\(etcdserver: disk full\\)");
    assertThat(run.out()).hasSize(1);
    assertThat(run.out().get(0))
        .matches(
            "Finished defragmenting etcd member\\["
                + other.endpoint()
                + "\\]\\. took [0-9.]+(µs|ms|s)");
  }

  @Test
  void membersAreListedByWhoeverCanBeReached() throws Exception {
    RunTool run = run("member list --consistency s", nobody, member.endpoint());
    assertThat(run.out()).containsExactly("1, started, m, , , false");
    assertThat(member.memberLists.get(0).getLinearizable()).isFalse();
    run("member list", member.endpoint());
    assertThat(member.memberLists.get(1).getLinearizable()).isTrue();
    run = run("member list --consistency x", member.endpoint());
    assertThat(run.status()).isEqualTo(4);
    assertThat(run.err()).containsExactly("Error: unknown consistency flag \"x\"");
    run = run("member list " + SHORT, nobody, "127.0.0.1:" + Ports.free());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).containsExactly("Error: context deadline exceeded");
  }

  @Test
  void alarmsAreListedAndDisarmedOneByOne() throws Exception {
    assertThat(run("alarm list", member.endpoint()).out()).isEmpty();
    member.alarms.add(AlarmMember.newBuilder().setMemberID(7).setAlarm(AlarmType.CORRUPT).build());
    member.alarms.add(AlarmMember.newBuilder().setAlarm(AlarmType.NOSPACE).build());
    assertThat(run("alarm list", member.endpoint()).out())
        .containsExactly("memberID:7 alarm:CORRUPT", "alarm:NOSPACE");
    assertThat(run("alarm disarm -w json", member.endpoint()).out())
        .containsExactly("{\"alarms\":[{\"memberID\":7,\"alarm\":2},{\"alarm\":1}]}");
    assertThat(member.alarms).isEmpty();
  }

  @Test
  void aTableOfAlarmsIsRefusedBeforeAnythingIsDisarmed() throws Exception {
    member.alarms.add(AlarmMember.newBuilder().setAlarm(AlarmType.NOSPACE).build());
    RunTool run = run("alarm disarm -w table", member.endpoint());
    assertThat(run.status()).isEqualTo(4);
    assertThat(run.err()).containsExactly("Error: table not supported as output format");
    assertThat(member.alarms).hasSize(1);
  }

  @Test
  void aDowngradeIsValidatedBegunAndEnded() throws Exception {
    assertThat(run("downgrade validate 3.6", member.endpoint()).out())
        .containsExactly("Downgrade validate success, cluster version 3.7.0");
    assertThat(run("downgrade enable 3.6.0", member.endpoint()).out())
        .containsExactly("Downgrade enable success, cluster version 3.7.0");
    assertThat(run("downgrade cancel -w json", member.endpoint()).out())
        .containsExactly("{\"header\":{\"revision\":7},\"version\":\"3.7.0\"}");
    assertThat(run("downgrade cancel -w fields", member.endpoint()).out())
        .contains("\"Version\" : \"3.7.0\"");
    assertThat(member.downgrades)
        .extracting(asked -> asked.getAction() + " " + asked.getVersion())
        .containsExactly("VALIDATE 3.6", "ENABLE 3.6.0", "CANCEL ", "CANCEL ");
    member.failure =
        Status.FAILED_PRECONDITION.withDescription("etcdserver: no inflight downgrade job");
    RunTool refused = run("downgrade cancel", member.endpoint());
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).containsExactly("Error: etcdserver: no inflight downgrade job");
  }

  @Test
  void aUserIsAuthenticatedOnceAndItsTokenSentWithEachCall() throws Exception {
    run("endpoint health --user=root:secret", member.endpoint());
    assertThat(member.tokens).containsExactly("root/secret", "root/secret");
    member.authFailure =
        Status.FAILED_PRECONDITION.withDescription("etcdserver: authentication is not enabled");
    assertThat(run("member list --user=root:secret", member.endpoint()).status()).isZero();
    member.authFailure =
        Status.INVALID_ARGUMENT.withDescription(
            "etcdserver: authentication failed, invalid user ID or password");
    RunTool run = run("member list --user=root:x", member.endpoint());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .containsExactly("Error: etcdserver: authentication failed, invalid user ID or password");
  }
}
