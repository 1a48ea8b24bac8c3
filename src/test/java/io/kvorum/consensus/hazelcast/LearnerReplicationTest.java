package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage.Append;
import io.kvorum.consensus.PeerMessage.AppendFailure;
import io.kvorum.consensus.PeerMessage.AppendSuccess;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A leader that is the only voter, and members that it feeds. */
class LearnerReplicationTest {
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

  @Test
  void aMemberThatIsFedAndKnowsOfALaterTermIsHeardAndThenFed() {
    addLearner();
    int term = leader.term();
    Append first = leader.sentTo(LEARNER, Append.class).get(0);
    leader.hear(LEARNER, new AppendFailure(term + 5, 2, 0, first.flowSequence()));
    leader.pass(300);
    assertThat(leader.failures).isEmpty();
    assertThat(leader.term()).isGreaterThan(term + 5);
    assertThat(leader.consensus.status().isLeader()).isTrue();
    assertThat(leader.sentTo(LEARNER, Append.class))
        .last()
        .extracting(Append::term)
        .isEqualTo(leader.term());
  }

  @Test
  void aMemberThatBelongsToNobodyDisturbsNobody() {
    addLearner();
    int term = leader.term();
    leader.hear(3, new AppendFailure(term + 5, 2, 0, 1));
    leader.learners.clear();
    leader.pass(300);
    leader.hear(LEARNER, new AppendFailure(term + 5, 2, 0, 1));
    leader.pass(300);
    assertThat(leader.term()).isEqualTo(term);
  }

  @Test
  void aWriteReachesAMemberThatIsLevelAtOnceAlsoRightAfterAHeartbeat() {
    addLearner();
    leader.acknowledge(LEARNER);
    leader.pass(110);
    leader.acknowledge(LEARNER);
    write(1);
    assertThat(leader.sentTo(LEARNER, Append.class))
        .singleElement()
        .satisfies(append -> assertThat(append.entries()).hasSize(1));
  }

  @Test
  void aMemberThatHasLostItsDiskIsAsFarAsItSaysNow() {
    write(1_200);
    addLearner();
    leader.acknowledge(LEARNER);
    leader.pass(110);
    assertThat(leader.consensus.isInSync(LEARNER)).isTrue();
    List<Append> heartbeats = leader.sentTo(LEARNER, Append.class);
    Append last = heartbeats.get(heartbeats.size() - 1);
    leader.hear(LEARNER, new AppendFailure(leader.term(), 1_202, 100, last.flowSequence()));
    Append next = leader.sentTo(LEARNER, Append.class).get(0);
    assertThat(next.previousIndex()).isEqualTo(100);
    leader.hear(LEARNER, DrivenMember.successOf(next));
    assertThat(leader.sentTo(LEARNER, Append.class))
        .as("goes on at once, from where it is now")
        .singleElement()
        .extracting(Append::previousIndex)
        .isEqualTo(100L + next.entries().size());
    leader.pass(50);
    assertThat(leader.consensus.isInSync(LEARNER)).isFalse();
  }

  @Test
  void aComerIsLetInOnlyOnceOneMessageHasBroughtItEverything() {
    for (int i = 0; i < 10; i++) {
      leader.consensus.propose(Command.Put.of(Bytes.utf8("k"), Bytes.wrap(new byte[400_000])));
      leader.runner.runUntilIdle();
    }
    leader.voters.add(LEARNER);
    leader.pass(110);
    Append offer = leader.sentTo(LEARNER, Append.class).get(0);
    leader.hear(LEARNER, new AppendFailure(leader.term(), 12, 0, offer.flowSequence()));
    while (true) {
      Append next = leader.sentTo(LEARNER, Append.class).get(0);
      leader.pass(60);
      assertThat(leader.consensus.isVoter(LEARNER)).isFalse();
      leader.hear(LEARNER, DrivenMember.successOf(next));
      if (next.previousIndex() + next.entries().size() == 11) {
        break;
      }
    }
    leader.pass(60);
    assertThat(leader.consensus.isVoter(LEARNER)).isTrue();
  }

  @Test
  void aMemberThatGetsNowhereHearsOnlyHeartbeats() {
    addLearner();
    leader.acknowledge(LEARNER);
    write(1);
    Append offer = leader.sentTo(LEARNER, Append.class).get(0);
    leader.hear(
        LEARNER, new AppendSuccess(offer.term(), offer.previousIndex(), 0, offer.flowSequence()));
    write(20);
    assertThat(leader.sentTo(LEARNER, Append.class)).isEmpty();
    leader.pass(150);
    assertThat(leader.sentTo(LEARNER, Append.class)).hasSize(1);
  }
}
