package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage.Append;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** When a leader of five takes a read for confirmed. */
class ReadIndexTest {

  private static Append last(List<Append> appends) {
    return appends.get(appends.size() - 1);
  }

  @Test
  void aReadIsDoneWithTheAnswerThatMakesTheMajorityAlsoIfItBringsEntriesThatAreNotCommitted() {
    Set<Long> founders = Set.of(1L, 2L, 3L, 4L, 5L);
    try (DrivenMember leader = DrivenMember.of(RaftSettings.defaults(), founders)) {
      leader.winWith(2, 3);
      leader.acknowledge(2);
      leader.acknowledge(3);
      leader.acknowledge(2);
      long committed = leader.consensus.status().committedIndex();
      assertThat(committed).isEqualTo(1);
      CompletableFuture<Void> read = leader.consensus.readIndex();
      leader.runner.runUntilIdle();
      Append question = last(leader.sentTo(2, Append.class));
      var unused = leader.consensus.propose(Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")));
      leader.runner.runUntilIdle();
      Append entry = last(leader.sentTo(3, Append.class));
      assertThat(entry.entries()).hasSize(1);
      assertThat(entry.queryRound()).isEqualTo(question.queryRound()).isPositive();
      leader.hear(2, DrivenMember.successOf(question));
      assertThat(read).isNotDone();
      leader.hear(3, DrivenMember.successOf(entry));
      assertThat(leader.consensus.status().committedIndex()).isEqualTo(committed);
      assertThat(read).isCompleted();
    }
  }
}
