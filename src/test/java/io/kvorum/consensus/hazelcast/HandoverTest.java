package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage.TriggerElection;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Leadership that is to go to a member that does not take it. */
class HandoverTest {

  @Test
  void aTransferThatWasAskedForWhileTheMemberStoppedFails() {
    CompletableFuture<Void> transferred;
    CompletableFuture<Void> handedOver;
    try (DrivenMember leader = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L))) {
      leader.winWith(2);
      transferred = leader.consensus.transferLeadership(2);
      handedOver = leader.consensus.handOver();
      assertThat(transferred).isNotDone();
    }
    assertThat(transferred).isCompletedExceptionally();
    assertThat(handedOver).isDone();
  }

  @Test
  void aLeaderThatIsToLeaveServesBetweenTwoHandoversThatFail() {
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
