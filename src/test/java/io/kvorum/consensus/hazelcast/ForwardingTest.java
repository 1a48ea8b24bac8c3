package io.kvorum.consensus.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage.Append;
import io.kvorum.consensus.PeerMessage.Forward;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a follower gives to the leader while the way there is full. */
class ForwardingTest {
  private static final long LEADER = 2;

  private DrivenMember member;

  @BeforeEach
  void follow() {
    member = DrivenMember.of(RaftSettings.defaults(), Set.of(1L, 2L, 3L));
    member.hear(LEADER, new Append(3, 0, 0, 0, List.of(), 0, 1));
  }

  @AfterEach
  void stop() {
    member.close();
  }

  private void propose() {
    var unused = member.consensus.propose(Command.Put.of(Bytes.utf8("k"), Bytes.utf8("v")));
    member.runner.runUntilIdle();
  }

  @Test
  void whatCouldNotBeSentIsTriedAgainFromThereAndOnlyThat() {
    propose();
    propose();
    propose();
    List<Forward> sent = member.sentTo(LEADER, Forward.class);
    assertThat(sent).extracting(Forward::sequence).containsExactly(1L, 2L, 3L);
    member.refusing.add(LEADER);
    propose();
    propose();
    member.pass(100);
    List<Forward> refused = member.refusedFor(LEADER, Forward.class);
    assertThat(refused).hasSizeGreaterThan(2).extracting(Forward::sequence).containsOnly(4L);
    member.refusing.clear();
    member.pass(50);
    assertThat(member.sentTo(LEADER, Forward.class))
        .extracting(Forward::sequence)
        .containsExactly(4L, 5L);
    assertThat(refused).allMatch(it -> it.commands() == refused.get(0).commands());
  }

  @Test
  void aNewConnectionGetsEverythingThatIsNotAnsweredButStopsAtTheFirstRefusal() {
    propose();
    propose();
    List<Forward> before = member.sentTo(LEADER, Forward.class);
    member.connect(LEADER);
    List<Forward> again = member.sentTo(LEADER, Forward.class);
    assertThat(again).extracting(Forward::sequence).containsExactly(1L, 2L);
    assertThat(again.get(0).commands()).isSameAs(before.get(0).commands());
    member.refusing.add(LEADER);
    member.connect(LEADER);
    assertThat(member.refusedFor(LEADER, Forward.class)).hasSize(1);
  }
}
