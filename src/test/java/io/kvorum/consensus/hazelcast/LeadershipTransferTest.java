package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage.Append;
import io.kvorum.consensus.PeerMessage.Forward;
import io.kvorum.consensus.PeerMessage.PreVoteRequest;
import io.kvorum.consensus.PeerMessage.TriggerElection;
import io.kvorum.consensus.PeerMessage.VoteRequest;
import io.kvorum.consensus.PeerMessage.VoteResponse;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A leader that transfers leadership, and the election that follows or does not. */
class LeadershipTransferTest {

  private static DrivenMember leaderOfThree() {
    DrivenMember leader = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L, 3L));
    leader.winWith(2, 3);
    return leader;
  }

  private static CompletableFuture<Result> propose(DrivenMember leader) {
    CompletableFuture<Result> write =
        leader.consensus.propose(Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")));
    leader.runner.runUntilIdle();
    return write;
  }

  /** The member stands for election, as one that was asked to does. */
  private static void stand(DrivenMember leader, long member, TriggerElection asked) {
    leader.hear(
        member, new VoteRequest(asked.term() + 1, asked.lastLogTerm(), asked.lastLogIndex(), true));
  }

  /** The member is heard as the leader that it has become. */
  private static void lead(DrivenMember follower, long member, TriggerElection asked) {
    follower.hear(
        member,
        new Append(
            asked.term() + 1,
            asked.lastLogTerm(),
            asked.lastLogIndex(),
            asked.lastLogIndex(),
            List.of(),
            0,
            1));
  }

  private static void assertFailed(CompletableFuture<Void> transferred) {
    assertThat(transferred)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(
            RequestException.class,
            it -> assertThat(it.code()).isEqualTo(ErrorCode.TIMEOUT_LEADER_TRANSFER));
  }

  @Test
  void theSuccessorIsAskedAsSoonAsWhatIsUnderWayIsCommitted() {
    try (DrivenMember leader = leaderOfThree()) {
      CompletableFuture<Result> underWay = propose(leader);
      CompletableFuture<Void> transferredToBest = leader.consensus.transferLeadership();
      CompletableFuture<Result> waiting = propose(leader);
      List<Append> appends = leader.sentTo(2, Append.class);
      assertThat(appends).flatExtracting(Append::entries).hasSize(1);
      assertThat(leader.sentTo(2, TriggerElection.class)).isEmpty();

      leader.hear(2, DrivenMember.successOf(appends.get(0)));

      assertThat(underWay).isCompleted();
      List<TriggerElection> asked = leader.sentTo(2, TriggerElection.class);
      assertThat(asked).hasSize(1);
      assertThat(asked.get(0).lastLogIndex()).isEqualTo(leader.consensus.status().committedIndex());
      stand(leader, 2, asked.get(0));
      assertThat(transferredToBest).isCompleted();
      assertThat(leader.sentTo(2, VoteResponse.class))
          .singleElement()
          .matches(VoteResponse::isGranted);
      assertThat(leader.sentTo(3, TriggerElection.class)).isEmpty();
      assertThat(waiting).isNotDone();
      lead(leader, 2, asked.get(0));
      assertThat(leader.sentTo(2, Forward.class)).as("what waited goes to the next").hasSize(1);
    }
  }

  @Test
  void aSuccessorThatWasNamedIsAskedOnceItHasEverything() {
    try (DrivenMember leader = leaderOfThree()) {
      CompletableFuture<Result> underWay = propose(leader);
      CompletableFuture<Void> transferred = leader.consensus.transferLeadership(3);
      leader.runner.runUntilIdle();
      leader.acknowledge(2);
      assertThat(underWay).isCompleted();
      assertThat(leader.sentTo(3, TriggerElection.class)).isEmpty();
      leader.acknowledge(3);
      List<TriggerElection> asked = leader.sentTo(3, TriggerElection.class);
      assertThat(asked).hasSize(1);
      assertThat(leader.sentTo(2, TriggerElection.class)).isEmpty();
      stand(leader, 3, asked.get(0));
      assertThat(transferred).as("it may still lose").isNotDone();
      lead(leader, 3, asked.get(0));
      assertThat(transferred).isCompleted();
    }
  }

  @Test
  void aSuccessorThatIsNotHeardOfFailsTheTransfer() {
    try (DrivenMember leader = leaderOfThree()) {
      CompletableFuture<Void> transferred = leader.consensus.transferLeadership(3);
      leader.runner.runUntilIdle();
      leader.acknowledge(3);
      stand(leader, 3, leader.sentTo(3, TriggerElection.class).get(0));
      leader.pass(1_900);
      assertThat(transferred).isNotDone();
      leader.pass(200);
      assertFailed(transferred);
    }
  }

  @Test
  void aSuccessorThatHasWhatIsNotCommittedYetWaitsUntilItIs() {
    try (DrivenMember leader =
        DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L, 3L, 4L, 5L))) {
      leader.winWith(2, 3, 4, 5);
      CompletableFuture<Result> underWay = propose(leader);
      CompletableFuture<Void> transferred = leader.consensus.transferLeadership(2);
      leader.runner.runUntilIdle();
      leader.acknowledge(2);
      assertThat(leader.sentTo(2, TriggerElection.class)).isEmpty();
      leader.acknowledge(3);
      assertThat(underWay).isCompleted();
      assertThat(leader.sentTo(2, TriggerElection.class)).hasSize(1);
      assertThat(transferred).isNotDone();
    }
  }

  @Test
  void aTransferThatFindsEverythingCommittedTakesNoTimeAtAll() {
    try (DrivenMember leader = leaderOfThree()) {
      var unused = leader.consensus.transferLeadership();
      leader.runner.runUntilIdle();
      assertThat(leader.sentTo(2, TriggerElection.class).size())
          .as("of the two that are equal one is asked")
          .isEqualTo(1 - leader.sentTo(3, TriggerElection.class).size());
    }
  }

  @Test
  void whoGivesUpTakesWritesAgain() {
    try (DrivenMember leader = leaderOfThree()) {
      propose(leader);
      CompletableFuture<Void> transferred = leader.consensus.transferLeadership(3);
      leader.runner.runUntilIdle();
      leader.acknowledge(2);
      CompletableFuture<Result> waiting = propose(leader);
      assertThat(waiting).isNotDone();
      for (int step = 0; step < 25; step++) {
        leader.pass(50);
        leader.acknowledge(2);
      }
      assertFailed(transferred);
      leader.acknowledge(2);
      assertThat(waiting).isCompleted();
      assertThat(leader.consensus.status().isLeader()).isTrue();
    }
  }

  @Test
  void anElectionThatWasAskedForIsNotGivenUpForTheNextOne() {
    try (DrivenMember member = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L, 3L))) {
      member.hear(2, new Append(3, 0, 0, 0, List.of(), 0, 1));
      member.hear(2, new TriggerElection(3, 0, 0));
      assertThat(member.sentTo(3, VoteRequest.class)).hasSize(1);
      member.pass(450);
      member.hear(3, new VoteResponse(4, true));
      assertThat(member.consensus.status().isLeader()).isTrue();
      assertThat(member.term()).isEqualTo(4);
    }
  }

  @Test
  void whoHasVotedLetsThatElectionComeToItsEnd() {
    try (DrivenMember member = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L, 3L))) {
      member.hear(2, new Append(3, 0, 0, 0, List.of(), 0, 1));
      member.hear(3, new VoteRequest(4, 0, 0, true));
      assertThat(member.sentTo(3, VoteResponse.class))
          .singleElement()
          .matches(VoteResponse::isGranted);
      member.pass(950);
      assertThat(member.sentTo(2, PreVoteRequest.class)).isEmpty();
      member.pass(400);
      assertThat(member.sentTo(2, PreVoteRequest.class)).isNotEmpty();
    }
  }

  @Test
  void aTransferThatWasAskedForWhileTheMemberStoppedFails() {
    CompletableFuture<Void> transferred;
    CompletableFuture<Void> transferredToBest;
    try (DrivenMember leader = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L))) {
      leader.winWith(2);
      transferred = leader.consensus.transferLeadership(2);
      transferredToBest = leader.consensus.transferLeadership();
      assertThat(transferred).isNotDone();
    }
    assertThat(transferred).isCompletedExceptionally();
    assertThat(transferredToBest).isDone();
  }

  @Test
  void aLeaderThatIsToLeaveServesBetweenTwoTransfersThatFail() {
    try (DrivenMember leader = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L))) {
      leader.winWith(2);
      leader.voters.remove(1L);
      int writes = 0;
      int asked = 0;
      for (int step = 0; step < 1_000; step++) {
        leader.pass(20);
        leader.acknowledge(2);
        asked += leader.sentTo(2, TriggerElection.class).isEmpty() ? 0 : 1;
        CompletableFuture<?> write =
            leader.consensus.propose(Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")));
        leader.runner.runUntilIdle();
        leader.acknowledge(2);
        writes += write.isDone() ? 1 : 0;
      }
      assertThat(leader.consensus.status().isLeader()).isTrue();
      assertThat(asked).isPositive();
      assertThat(writes).isGreaterThan(300);
    }
  }
}
