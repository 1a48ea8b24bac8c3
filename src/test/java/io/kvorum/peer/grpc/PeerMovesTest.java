package io.kvorum.peer.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Members that others were told to have moved while this one was away. */
@Timeout(60)
class PeerMovesTest {
  private static final String NOBODY = "http://127.0.0.1:1";

  @RegisterExtension private final OpenPeers opened = new OpenPeers();

  @Test
  void aMemberThatHasMovedIsAnsweredAtTheUrlsThatItStates() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer moved = opened.peer(1);
    away.transport.update(List.of(TestPeer.member(1, NOBODY), away.member()));
    away.awaitChange("disconnected 1");
    moved.transport.update(List.of(moved.member(), away.member()));
    moved.awaitChange("connected 3");
    away.awaitChange("connected 1");
    assertThat(moved.transport.send(3, TestPeer.message(1))).isTrue();
    assertThat(away.next()).isEqualTo(new TestPeer.Received(1, TestPeer.message(1)));
    assertThat(away.transport.send(1, TestPeer.message(2))).isTrue();
    assertThat(moved.next()).isEqualTo(new TestPeer.Received(3, TestPeer.message(2)));
    assertThat(away.transport.urlsOf(1)).as("for a snapshot").containsExactly(NOBODY, moved.url());
    assertThat(away.transport.channelTo(1)).as("for requests").isNotNull();
    assertThat(moved.transport.channelTo(3)).isNotNull();
  }

  @Test
  void bothMayHaveMoved() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer moved = opened.peer(1);
    away.transport.update(List.of(TestPeer.member(1, NOBODY), TestPeer.member(3, NOBODY)));
    moved.transport.update(List.of(moved.member(), away.member()));
    away.awaitConnections(1);
    moved.awaitConnections(1);
    assertThat(moved.transport.urlsOf(3)).containsExactly(away.url(), NOBODY);
    assertThat(away.transport.send(1, TestPeer.message(1))).isTrue();
    assertThat(moved.next().sender()).isEqualTo(3);
    assertThat(moved.transport.send(3, TestPeer.message(2))).isTrue();
    assertThat(away.next().sender()).isEqualTo(1);
  }

  @Test
  void theTableAloneCountsOnceItHasTheUrlsThatTheMemberStated() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer moved = movedFor(away);
    away.transport.update(List.of(TestPeer.member(1, "http://127.0.0.1:2"), away.member()));
    assertThat(away.transport.urlsOf(1))
        .as("a table that has yet to arrive")
        .containsExactly("http://127.0.0.1:2", moved.url());
    away.transport.update(List.of(moved.member(), away.member()));
    assertThat(away.transport.urlsOf(1)).containsExactly(moved.url());
    assertThat(away.transport.send(1, TestPeer.message(1))).as("on the open link").isTrue();
    assertThat(moved.next().message()).isEqualTo(TestPeer.message(1));

    moved.close();
    away.awaitChange("disconnected 1");
    TestPeer next = opened.peer(1);
    away.transport.update(List.of(next.member(), away.member()));
    away.awaitChange("connected 1");
    assertThat(away.transport.urlsOf(1)).containsExactly(next.url());
    assertThat(away.transport.send(1, TestPeer.message(2))).isTrue();
    assertThat(next.next().message()).isEqualTo(TestPeer.message(2));
  }

  @Test
  void newUrlsOfAMemberReplaceItsFormerOnes() throws Exception {
    TestPeer away = opened.peer(3);
    movedFor(away).close();
    TestPeer next = movedFor(away);
    assertThat(away.transport.urlsOf(1)).containsExactly(NOBODY, next.url());
    next.close();
    TestPeer back = opened.peer(1);
    back.transport.update(List.of(TestPeer.member(1, NOBODY), away.member()));
    back.awaitChange("connected 3");
    assertThat(away.transport.urlsOf(1)).containsExactly(NOBODY);
  }

  @Test
  void theUrlsOfAMemberAreForgottenWhenItIsGone() throws Exception {
    TestPeer away = opened.peer(3);
    try (CapturedLog log = new CapturedLog()) {
      TestPeer moved = movedFor(away);
      String url = moved.url();
      log.await("member m1 (1) now has peer URLs [" + NOBODY + ", " + url + "]");
      moved.close();
      log.await("member m1 (1) now has peer URLs [" + NOBODY + "]");
    }
    assertThat(away.transport.urlsOf(1)).containsExactly(NOBODY);
    assertThat(away.transport.stats().members()).as("a member all the same").hasSize(1);
  }

  @Test
  void anAddressThatNowBelongsToAnotherMemberIsNotMistakenForTheCallers() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer two = opened.peer(2);
    two.transport.update(List.of(TestPeer.member(1, NOBODY), two.member(), away.member()));
    away.transport.update(List.of(TestPeer.member(1, NOBODY), two.member(), away.member()));
    two.awaitLaterChange("connected 3");
    away.awaitConnections(1);
    try (CapturedLog log = new CapturedLog()) {
      // Its own table still has an address that member 2 has taken over.
      TestPeer stale = opened.peer(1);
      stale.transport.update(List.of(TestPeer.member(1, two.url()), away.member()));
      stale.awaitChange("connected 3");
      assertThat(away.transport.urlsOf(1)).containsExactly(NOBODY, two.url());
      log.await(
          "refused by member m1 (1)",
          "member ID mismatch: member m1 (1) was called, but this address belongs to member m2"
              + " (2)");
      assertThat(away.transport.isReachable(1)).isFalse();
      assertThat(away.transport.channelTo(1)).isNull();
      away.transport.update(List.of(stale.member(), two.member(), away.member()));
      away.awaitLaterChange("connected 1");
      assertThat(away.transport.send(1, TestPeer.message(1))).isTrue();
      assertThat(stale.next().message()).isEqualTo(TestPeer.message(1));
      assertThat(two.messages).isEmpty();
    }
  }

  @Test
  void aMemberThatHasMovedAndWasRemovedLearnsItAndIsForgotten() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer moved = movedFor(away);
    away.removedMembers.add(1L);
    away.transport.update(List.of(away.member()));
    moved.removed.get(10, TimeUnit.SECONDS);
    assertThat(away.transport.urlsOf(1)).isEmpty();
    assertThat(away.transport.send(1, TestPeer.message(1))).isFalse();
    TestPeer again = opened.peer(1);
    again.transport.update(List.of(again.member(), away.member()));
    again.removed.get(10, TimeUnit.SECONDS);
    assertThat(away.transport.urlsOf(1)).isEmpty();
  }

  /** Member 1, which a host finds although its table has another address. */
  private TestPeer movedFor(TestPeer host) throws Exception {
    TestPeer moved = opened.peer(1);
    host.transport.update(List.of(TestPeer.member(1, NOBODY), host.member()));
    moved.transport.update(List.of(moved.member(), host.member()));
    host.awaitLaterChange("connected 1");
    return moved;
  }
}
