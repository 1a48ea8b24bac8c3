package io.kvorum.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is not listened to, and what both sides say then. */
@Timeout(60)
class PeerRefusalTest {
  @RegisterExtension private final OpenPeers opened = new OpenPeers();

  @Test
  void aMemberOfAnotherClusterIsRefusedAndBothSidesSayWhyOnce() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      TestPeer one = opened.peer(1);
      TestPeer stranger =
          opened.keep(new TestPeer(2, 0xbad, TestPeer.settings(0), TestPeer.noServices()));
      one.transport.update(List.of(one.member(), stranger.member()));
      stranger.transport.update(List.of(TestPeer.member(1, one.url())));
      String mismatch =
          "cluster ID mismatch: member 2 belongs to cluster bad, member 1 to cluster c1";
      log.await("refused member 2", mismatch);
      log.await("refused by member 1", one.url(), mismatch);
      stranger.awaitChange("disconnected 1");
      assertThat(stranger.transport.isReachable(1)).isFalse();
      assertThat(stranger.failures.await(5)).isTrue();
      assertThat(log.count("refused member 2")).isEqualTo(1);
      assertThat(log.count("refused by member 1")).isEqualTo(1);
      assertThat(one.messages).isEmpty();
      assertThat(stranger.removed).isNotDone();
    }
  }

  @Test
  void aMemberThatWasRemovedIsToldSo() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      TestPeer one = opened.peer(1);
      TestPeer two = opened.peer(2);
      TestPeer.join(one, two);
      two.awaitChange("connected 1");
      one.removedMembers.add(2L);
      one.transport.update(List.of(one.member()));
      two.removed.get(10, TimeUnit.SECONDS);
      two.awaitLaterChange("disconnected 1");
      assertThat(one.transport.send(2, TestPeer.message(1))).isFalse();
      log.await("this member is told", "the member has been removed from the cluster: 2");
    }
  }

  @Test
  void anAddressOfAnotherMemberIsNoticed() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      TestPeer one = opened.peer(1);
      TestPeer two = opened.peer(2);
      two.transport.update(List.of(one.member(), two.member()));
      one.transport.update(List.of(one.member(), TestPeer.member(3, two.url())));
      String mismatch =
          "member ID mismatch: member 3 was called, but this address belongs to member 2";
      log.await("refused member 1", mismatch);
      log.await("refused by member 3", mismatch);
      one.awaitLaterChange("disconnected 3");
    }
  }

  @Test
  void aMessageThatMakesNoSenseEndsTheStreamAndReachesNobody() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      TestPeer one = opened.peer(1);
      TestPeer two = opened.peer(2);
      TestPeer.join(one, two);
      one.awaitChange("connected 2");
      assertThat(one.transport.send(2, new PeerMessage.VoteResponse(-7, true))).isTrue();
      one.awaitChange("disconnected 2");
      log.await("member 1 sent what makes no sense", "term -7 is negative");
      log.await("lost member 2", "malformed message: term -7 is negative");
      one.awaitChange("connected 2");
      assertThat(two.messages).isEmpty();
      assertThat(two.transport.stats().members().get(0).receiveFailures()).isEqualTo(1);
    }
  }
}
