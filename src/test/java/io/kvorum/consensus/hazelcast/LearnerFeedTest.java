package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage.Append;
import io.kvorum.consensus.PeerMessage.AppendFailure;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A leader that is the only voter, and members that it feeds. */
class LearnerFeedTest {
  private static final long LEARNER = 2;

  private DrivenMember leader;

  @BeforeEach
  void start() {
    leader = DrivenMember.of(RaftSettings.defaults(), Set.of(DrivenMember.ID));
  }

  @AfterEach
  void stop() {
    leader.close();
  }

  private void write(int entries) {
    for (int i = 0; i < entries; i++) {
      leader.consensus.propose(Command.Put.of(Bytes.utf8("k"), Bytes.wrap(new byte[150])));
      leader.runner.runUntilIdle();
    }
  }

  private void addLearner() {
    leader.learners.add(LEARNER);
    leader.pass(110);
  }

  @Test
  void aMemberThatIsBehindIsFedByFewReadsOfTheLog() {
    write(1_200);
    addLearner();
    Append first = leader.sentTo(LEARNER, Append.class).get(0);
    int readsBefore = leader.logReads;
    leader.hear(LEARNER, new AppendFailure(leader.term(), 1_202, 0, first.flowSequence()));
    long next = 1;
    for (List<Append> sent = leader.sentTo(LEARNER, Append.class);
        next <= 1_201;
        sent = leader.sentTo(LEARNER, Append.class)) {
      Append append = sent.get(sent.size() - 1);
      assertThat(append.previousIndex()).isEqualTo(next - 1);
      assertThat(append.entries()).hasSizeBetween(1, 500);
      for (WriteAheadLog.Entry entry : append.entries()) {
        assertThat(entry.index()).isEqualTo(next++);
      }
      leader.hear(LEARNER, DrivenMember.successOf(append));
    }
    assertThat(leader.logReads - readsBefore).isLessThan(20);
  }
}
