package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage.Append;
import io.kvorum.consensus.PeerMessage.Forward;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.sim.PutCodec;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a leader puts into its log while others are slow or away. */
class LeaderAppenderTest {

  private static Command put(int valueBytes) {
    return Command.Put.of(Bytes.utf8("k"), Bytes.wrap(new byte[valueBytes]));
  }

  private static int entriesIn(List<Append> appends) {
    return appends.stream().mapToInt(append -> append.entries().size()).sum();
  }

  @Test
  void writesGatherWhileTheLastEntryIsOnItsWayAlsoIfAVoterIsAway() {
    try (DrivenMember leader = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L, 3L))) {
      leader.away.add(3L);
      leader.winWith(2);
      assertThat(leader.state.entries()).hasSize(1);
      for (int write = 0; write < 10; write++) {
        var unused = leader.consensus.propose(put(10));
        leader.runner.runUntilIdle();
      }
      List<Append> underWay = leader.sentTo(2, Append.class);
      assertThat(entriesIn(underWay)).isEqualTo(1);
      leader.hear(2, DrivenMember.successOf(underWay.get(0)));
      leader.acknowledge(2);
      assertThat(leader.state.entries().stream().map(it -> it.commands().size()))
          .containsExactly(0, 1, 9);
    }
  }

  @Test
  void aLeaderWhoseEntriesAreNotCommittedTakesOnlySoManyBytes() {
    RaftSettings settings = RaftSettings.defaults().withPending(1_000, 10_000);
    try (DrivenMember leader = DrivenMember.of(settings, Set.of(1L, 2L, 3L, 4L, 5L))) {
      leader.winWith(2, 3);
      leader.acknowledge(2);
      byte[] commands = new PutCodec().encode(List.of(put(9_000)));
      int taken = 0;
      for (int batch = 1; batch <= 10; batch++) {
        leader.hear(2, new Forward(leader.term(), 77, batch, 1, commands));
        List<Append> appends = leader.sentTo(2, Append.class);
        taken += entriesIn(appends);
        appends.forEach(append -> leader.hear(2, DrivenMember.successOf(append)));
      }
      assertThat(taken).isEqualTo(3);
      leader.acknowledge(3);
      leader.acknowledge(2);
      leader.acknowledge(3);
      assertThat(leader.state.revision()).isEqualTo(4);
      assertThat(leader.failures).isEmpty();
    }
  }
}
