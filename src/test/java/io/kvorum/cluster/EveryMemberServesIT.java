package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.conformance.Etcdctl;
import io.kvorum.conformance.JsonGateway;
import io.kvorum.conformance.RunningEtcdctl;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.v3electionpb.ElectionGrpc;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3lockpb.LockGrpc;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.LockResponse;
import io.kvorum.testing.Channels;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** Three voters and a learner: what each of them does for clients, and what it does not. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(900)
final class EveryMemberServesIT {
  private LocalCluster cluster;
  private Operator operator;
  private LocalMember learner;

  @BeforeAll
  void startThreeVotersAndALearner() throws Exception {
    cluster = LocalCluster.of(3);
    operator = new Operator(cluster);
    learner = cluster.prepare("m4");
    Operator.until(
        "member add",
        () ->
            operator
                .anywhere()
                .ok("member", "add", "m4", "--learner", "--peer-urls=" + learner.peer()));
    cluster.start(learner, "existing").awaitReady();
  }

  @AfterAll
  void stopAll() {
    cluster.close();
  }

  private List<LocalMember> voters() {
    return cluster.members().subList(0, 3);
  }

  @Test
  void whatIsWrittenThroughOneVoterIsReadThroughEachOther() {
    for (LocalMember writer : voters()) {
      Operator.at(writer).ok("put", "written-through", writer.name());
      for (LocalMember reader : voters()) {
        assertThat(Operator.at(reader).ok("get", "written-through", "--print-value-only"))
            .isEqualTo(writer.name() + "\n");
      }
    }
  }

  @Test
  void jsonIsServedByEachVoterAsWell() {
    for (LocalMember writer : voters()) {
      // "json" and the name, in base64.
      String value =
          Base64.getEncoder().encodeToString(writer.name().getBytes(StandardCharsets.UTF_8));
      new JsonGateway(writer.client())
          .post("/v3/kv/put", "{'key':'anNvbg==','value':'" + value + "'}");
      for (LocalMember reader : voters()) {
        assertThat(new JsonGateway(reader.client()).post("/v3/kv/range", "{'key':'anNvbg=='}"))
            .contains("\"value\":\"" + value + "\"");
      }
    }
  }

  @Test
  void aTransactionThroughAFollowerAnswersWhatItDid() {
    Etcdctl follower = Operator.at(operator.follower());
    follower.ok("put", "txn", "1");
    String answer =
        follower.okWithInput(
            "value(\"txn\") = \"1\"\n\nput txn 2\nget txn\n\nget nothing\n\n", "txn");
    assertThat(answer).isEqualTo("SUCCESS\n\nOK\n\ntxn\n2\n");
    assertThat(follower.ok("del", "txn")).isEqualTo("1\n");
  }

  @Test
  void aWatchThroughAnyVoterSeesTheWritesThroughAllOthers() {
    for (LocalMember watched : voters()) {
      try (RunningEtcdctl watch =
          Operator.at(watched).start("watch", "watched-at-" + watched.name(), "--rev=1")) {
        for (LocalMember writer : voters()) {
          Operator.at(writer).ok("put", "watched-at-" + watched.name(), writer.name());
          assertThat(watch.lines(3))
              .containsExactly("PUT", "watched-at-" + watched.name(), writer.name());
        }
      }
    }
  }

  @Test
  void aLeaseIsGrantedKeptAliveAskedForAndRevokedThroughFollowers() {
    Etcdctl follower = Operator.at(operator.follower());
    String lease = leaseOf(follower.ok("lease", "grant", "20"));
    follower.ok("put", "leased", "1", "--lease=" + lease);
    assertThat(follower.ok("lease", "keep-alive", "--once", lease))
        .isEqualTo("lease " + lease + " keepalived with TTL(20)\n");
    for (LocalMember voter : voters()) {
      assertThat(Operator.at(voter).ok("lease", "timetolive", lease, "--keys"))
          .matches(
              "lease " + lease + " granted with TTL\\(20s\\), remaining\\(1?\\ds\\), .*leased.*\n");
    }
    follower.ok("lease", "revoke", lease);
    assertThat(follower.ok("get", "leased")).isEmpty();
  }

  @Test
  void aLeaseOutlivesItsLeaderUnshortenedAndExpiresAtLast() throws Exception {
    LocalMember next = operator.follower();
    String lease = leaseOf(Operator.at(next).ok("lease", "grant", "30"));
    Operator.at(next).ok("put", "outlives", "1", "--lease=" + lease);
    try (RunningEtcdctl watch = Operator.at(next).start("watch", "outlives", "--rev=1")) {
      assertThat(watch.lines(3)).containsExactly("PUT", "outlives", "1");
      Operator.until(
          "ten seconds of the lease gone",
          () -> {
            assertThat(remaining(next, lease)).isLessThanOrEqualTo(20);
            return lease;
          });
      leadBy(next);
      // Whichever member leads by now: on a busy machine that may be another one again.
      assertThat(remaining(next, lease)).as("granted anew by the next leader").isGreaterThan(20);
      assertThat(Operator.at(next).ok("get", "outlives", "--print-value-only")).isEqualTo("1\n");
      assertThat(watch.lineWithin(Operator.PATIENCE.toMillis())).isEqualTo("DELETE");
      assertThat(watch.lines(2)).containsExactly("outlives", "");
    }
  }

  /** Moves leadership there, whichever member has it by then. */
  private void leadBy(LocalMember next) {
    String id = Operator.hex(Operator.status(next).memberId());
    Operator.until(
        "leadership moves to " + next,
        () -> {
          LocalMember leader = operator.leader();
          return leader == next ? id : Operator.at(leader).ok("move-leader", id);
        });
  }

  private static long remaining(LocalMember member, String lease) {
    String answer = Operator.at(member).ok("lease", "timetolive", lease);
    assertThat(answer).contains("remaining(");
    return Long.parseLong(answer.replaceAll("(?s).*remaining\\((\\d+)s\\).*", "$1"));
  }

  @Test
  void aLearnerAnswersSerializableReadsAndStatusAlone() {
    Operator.at(voters().get(0)).ok("put", "for the learner", "1");
    Etcdctl etcdctl = Operator.at(learner);
    Operator.until(
        "value at the learner",
        () -> {
          String value = etcdctl.ok("get", "for the learner", "--consistency=s");
          assertThat(value).isEqualTo("for the learner\n1\n");
          return value;
        });
    assertThat(Operator.status(learner).isLearner()).isTrue();
    List<String[]> refused =
        List.of(
            new String[] {"get", "for the learner"},
            new String[] {"put", "for the learner", "2"},
            new String[] {"lease", "grant", "5"},
            new String[] {"member", "list"},
            new String[] {"compaction", "1"});
    for (String[] command : refused) {
      assertThat(etcdctl.run(command).complaint())
          .as(String.join(" ", command))
          .contains("etcdserver: rpc not supported for learner");
    }
  }

  @Test
  void leadershipMovesToEachVoterAndToNoLearner() {
    for (LocalMember next : voters()) {
      String id = Operator.hex(Operator.status(next).memberId());
      LocalMember leader = operator.leader();
      assertThat(Operator.at(leader).ok("move-leader", id)).startsWith("Leadership transferred ");
      assertThat(operator.leader()).isSameAs(next);
    }
    LocalMember leader = operator.leader();
    Etcdctl.Outcome outcome =
        Operator.at(leader).run("move-leader", Operator.hex(Operator.status(learner).memberId()));
    assertThat(outcome.complaint()).isEqualTo("Error: etcdserver: bad leader transferee");
  }

  @Test
  void aLockPassesFromVoterToVoterAndALearnerServesNone() throws Exception {
    LockRequest request =
        LockRequest.newBuilder().setName(ByteString.copyFromUtf8("passed on")).build();
    ByteString held = ByteString.EMPTY;
    for (LocalMember voter : voters()) {
      ManagedChannel channel = Channels.to(voter.client());
      try {
        Future<LockResponse> next = LockGrpc.newFutureStub(channel).lock(request);
        if (!held.isEmpty()) {
          KVGrpc.newBlockingStub(channel)
              .deleteRange(DeleteRangeRequest.newBuilder().setKey(held).build());
        }
        held = next.get(60, TimeUnit.SECONDS).getKey();
      } finally {
        channel.shutdownNow();
      }
    }
    ManagedChannel channel = Channels.to(learner.client());
    try {
      assertThatThrownBy(() -> LockGrpc.newBlockingStub(channel).lock(request))
          .hasMessage("FAILED_PRECONDITION: etcdserver: rpc not supported for learner");
      assertThatThrownBy(
              () ->
                  ElectionGrpc.newBlockingStub(channel)
                      .observe(LeaderRequest.getDefaultInstance())
                      .next())
          .hasMessage("FAILED_PRECONDITION: etcdserver: rpc not supported for learner");
      assertThatThrownBy(
              () ->
                  ElectionGrpc.newBlockingStub(channel).leader(LeaderRequest.getDefaultInstance()))
          .hasMessage("FAILED_PRECONDITION: etcdserver: rpc not supported for learner");
    } finally {
      channel.shutdownNow();
    }
  }

  private static String leaseOf(String granted) {
    return granted.split(" ")[1];
  }
}
