package io.kvorum.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.SteadyWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/**
 * What an operator does to a cluster of three, by docs/operations.md, and how wrong steps are
 * refused. Each test leaves three members behind.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Paired
@Timeout(1200)
final class ClusterRepairIT {
  private static final int FAILED = 1;
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(7);

  private LocalCluster cluster;
  private Operator operator;

  @BeforeAll
  void startThree() throws Exception {
    cluster = LocalCluster.of(3);
    operator = new Operator(cluster);
    operator.anywhere().ok("put", "repair", "kept");
  }

  @AfterAll
  void stopAll() {
    cluster.close();
  }

  @Test
  void eachMemberIsRestartedInTurnWhileWritesContinue() throws Exception {
    try (SteadyWriter writer = new SteadyWriter(cluster.clients(), SteadyWriter.Pace.PATIENT)) {
      writer.awaitMore(10);
      writer.longestPause();
      for (LocalMember member : cluster.members()) {
        boolean isLeader = operator.leader() == member;
        member.stop();
        cluster.start(member, "new").awaitReady();
        operator.leader();
        writer.awaitMore(10);
        Duration pause = writer.longestPause();
        System.out.printf(
            Locale.ROOT,
            "restarted %s: longest pause %d ms%n",
            isLeader ? "the leader" : "a follower",
            pause.toMillis());
        assertThat(pause).isLessThan(REQUEST_TIMEOUT);
      }
      writer.stop();
      for (LocalMember member : cluster.members()) {
        writer.assertNothingLost(member.client());
      }
    }
  }

  @Test
  void aLeaderThatIsStoppedAsksAnotherMemberToLead() throws Exception {
    LocalMember leader = operator.leader();
    List<String> others = new ArrayList<>();
    for (LocalMember member : cluster.members()) {
      if (member != leader) {
        others.add(Operator.hex(operator.idOf(member)));
      }
    }
    leader.stop();
    String output = leader.process().output();
    String lastLife = output.substring(output.lastIndexOf("ready to serve client requests"));
    assertThat(lastLife)
        .containsPattern(
            "transferring leadership to \\S+ \\(("
                + String.join("|", others)
                + ")\\)(?s:.*) stopped");
    cluster.start(leader, "new").awaitReady();
    operator.awaitAgreement();
  }

  @Test
  void aMemberMovesToAnotherAddressForItsPeers() throws Exception {
    LocalMember moved = operator.follower();
    String id = Operator.hex(operator.idOf(moved));
    move(moved);
    operator.awaitVoters(3);
    Operator.until("write", () -> Operator.at(moved).ok("put", "moved", "1"));
    assertThat(Operator.hex(operator.idOf(moved))).isEqualTo(id);
    operator.awaitAgreement();
  }

  @Test
  void aMemberThatWasAwayWhileBothOthersMovedRejoins() throws Exception {
    List<LocalMember> members = cluster.members();
    LocalMember first = members.get(0);
    LocalMember away = members.get(2);
    String asBefore = LocalCluster.initialCluster(members);
    away.stop();
    move(first);
    move(members.get(1));
    operator.anywhere().ok("put", "moved", "both");
    away.launch(List.of("--initial-cluster=" + asBefore, "--initial-cluster-state=new"));
    away.process().awaitReady();
    operator.awaitVoters(3);
    operator.awaitAgreement();
    first.stop();
    Operator.until("write", () -> Operator.at(away).ok("put", "moved", "and gone"));
    cluster.start(first, "new").awaitReady();
    operator.awaitVoters(3);
    operator.awaitAgreement();
  }

  /** To another address for its peers, with a restart. */
  private void move(LocalMember moved) throws Exception {
    String id = Operator.hex(operator.idOf(moved));
    moved.moveTo(Ports.freeUrl());
    Operator.until(
        "member update",
        () -> operator.anywhere().ok("member", "update", id, "--peer-urls=" + moved.peer()));
    moved.stop();
    cluster.start(moved, "new").awaitReady();
    operator.leader();
  }

  @Test
  void aRemovedMemberDoesNotComeBackUntilItIsAddedAgainWithAnEmptyDirectory() throws Exception {
    LocalMember removed = operator.follower();
    operator.remove(removed);
    assertThat(removed.process().awaitExit()).isEqualTo(FAILED);
    List<LocalMember> asBefore = new ArrayList<>(cluster.members());
    asBefore.add(removed);
    ServerProcess again = cluster.start(removed, asBefore, "new");
    assertThat(again.awaitExit()).isEqualTo(FAILED);
    assertThat(again.output())
        .contains("has been removed from the cluster; to come back, it must be added again");
    operator.add(cluster.prepare(removed.name()), true);
    operator.awaitVoters(3);
    operator.awaitAgreement();
  }

  @Test
  void aJoinThatWasInterruptedResumes() throws Exception {
    LocalMember left = operator.follower();
    left.close();
    operator.remove(left);
    LocalMember joining = cluster.prepare("m" + System.nanoTime() % 10_000);
    Operator.until(
        "member add",
        () ->
            operator
                .anywhere()
                .ok("member", "add", joining.name(), "--learner", "--peer-urls=" + joining.peer()));
    ServerProcess interrupted = cluster.start(joining, "existing");
    Operator.until(
        "beginning of the join",
        () -> {
          assertThat(joining.dataDirectory().resolve("member/identity.properties")).exists();
          return joining;
        });
    interrupted.kill();
    String id = Operator.hex(operator.idOf(joining));
    cluster.start(joining, "existing").awaitReady();
    Operator.until("member promote", () -> operator.anywhere().ok("member", "promote", id));
    operator.awaitVoters(3);
    assertThat(Operator.at(joining).ok("get", "repair", "--print-value-only")).isEqualTo("kept\n");
  }

  @Test
  void aStrangerDoesNotJoinAndAFounderOfAnotherClusterIsRefused() throws Exception {
    LocalMember stranger = cluster.prepare("stranger");
    try {
      assertThat(refusal(cluster.start(stranger, "existing")))
          .contains(stranger.peer() + " is not a member: add it first with etcdctl member add");
      assertThat(refusal(cluster.start(stranger, "new", "--initial-cluster-token=another")))
          .contains("belong to cluster ")
          .contains("to join, use --initial-cluster-state=existing");
      List<LocalMember> others = cluster.members().subList(0, 3);
      assertThat(refusal(cluster.start(stranger, others, "new")))
          .contains("couldn't find local name \"stranger\" in --initial-cluster=");
      assertThat(refusal(cluster.start(stranger, List.of(stranger), "new", "--force-new-cluster")))
          .contains("--force-new-cluster needs the data of a member");
    } finally {
      cluster.forget(stranger);
      stranger.close();
    }
    operator.awaitVoters(3);
  }

  private static String refusal(ServerProcess process) throws Exception {
    assertThat(process.awaitExit()).as(process.output()).isIn(1, 2);
    return process.output();
  }
}
