package io.kvorum.peer.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.peer.grpc.link.PeerLinks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Members that were added while this one was away. */
@Timeout(60)
class UnlistedCallersTest {
  @RegisterExtension private final OpenPeers opened = new OpenPeers();

  @Test
  void aMemberThatIsNotInTheTableIsAdmittedAndAnswered() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer added = opened.peer(4);
    away.transport.update(List.of(TestPeer.member(1, "http://127.0.0.1:1"), away.member()));
    added.transport.update(List.of(away.member(), added.member()));
    added.awaitChange("connected 3");
    assertThat(added.transport.send(3, TestPeer.message(1))).isTrue();
    assertThat(away.next()).isEqualTo(new TestPeer.Received(4, TestPeer.message(1)));
    away.awaitLaterChange("connected 4");
    assertThat(away.transport.send(4, TestPeer.message(2))).isTrue();
    assertThat(added.next()).isEqualTo(new TestPeer.Received(3, TestPeer.message(2)));
    assertThat(away.transport.isReachable(4)).isTrue();
    assertThat(away.transport.urlsOf(4)).as("for a snapshot").containsExactly(added.url());
    assertThat(away.transport.channelTo(4)).as("for requests").isNotNull();
    assertThat(added.removed).isNotDone();
  }

  @Test
  void aCallerThatGetsListedIsTriedAtItsUrlsAndTheTables() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer added = unlisted(away, 4);
    away.transport.update(List.of(away.member(), TestPeer.member(4, "http://127.0.0.1:1")));
    assertThat(away.transport.urlsOf(4)).containsExactly("http://127.0.0.1:1", added.url());
    assertThat(away.transport.send(4, TestPeer.message(2))).as("on the open link").isTrue();
    assertThat(added.next().message()).isEqualTo(TestPeer.message(2));
    away.transport.update(List.of(away.member(), added.member()));
    assertThat(away.transport.urlsOf(4)).containsExactly(added.url());
    away.transport.update(List.of(away.member()));
    assertThat(away.transport.send(4, TestPeer.message(3))).as("no longer admitted").isFalse();
  }

  @Test
  void anUnlistedCallerStaysWhenTheTableAddsAnotherMember() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer added = unlisted(away, 4);
    away.transport.update(List.of(away.member(), TestPeer.member(5, "http://127.0.0.1:1")));
    assertThat(away.transport.send(4, TestPeer.message(2))).isTrue();
    assertThat(added.next().message()).isEqualTo(TestPeer.message(2));
    assertThat(added.transport.send(3, TestPeer.message(3))).isTrue();
    assertThat(away.next().message()).isEqualTo(TestPeer.message(3));
  }

  @Test
  void anUnlistedCallerThatWasRemovedLearnsIt() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer added = unlisted(away, 4);
    away.removedMembers.add(4L);
    away.transport.update(List.of(away.member()));
    added.removed.get(10, TimeUnit.SECONDS);
    assertThat(away.transport.send(4, TestPeer.message(1))).isFalse();
    assertThat(away.transport.urlsOf(4)).isEmpty();
  }

  @Test
  void anUnlistedCallerThatIsGoneIsForgotten() throws Exception {
    TestPeer away = opened.peer(3);
    TestPeer added = unlisted(away, 4);
    try (CapturedLog log = new CapturedLog()) {
      added.close();
      away.awaitChange("disconnected 4");
      log.await("closing the connection to member m4 (4)");
      assertThat(away.transport.urlsOf(4)).isEmpty();
      assertThat(away.transport.stats().members()).isEmpty();
    }
  }

  @Test
  void unlistedCallersAreBoundedAndOneThatLeavesMakesRoom() throws Exception {
    TestPeer away = opened.peer(3);
    away.transport.update(List.of(away.member()));
    List<TestPeer> callers = new ArrayList<>();
    for (int i = 0; i < PeerLinks.MAX_UNLISTED; i++) {
      callers.add(unlisted(away, 10 + i));
    }
    TestPeer late = opened.peer(9);
    late.transport.update(List.of(away.member(), late.member()));
    late.awaitChange("disconnected 3");
    assertThat(late.failures.await(3)).isTrue();
    assertThat(away.transport.urlsOf(9)).isEmpty();
    callers.get(0).close();
    late.awaitChange("connected 3");
    assertThat(late.transport.send(3, TestPeer.message(1))).isTrue();
    assertThat(away.next()).isEqualTo(new TestPeer.Received(9, TestPeer.message(1)));
    assertThat(late.removed).isNotDone();
  }

  private TestPeer unlisted(TestPeer host, long id) throws Exception {
    TestPeer caller = opened.peer(id);
    caller.transport.update(List.of(host.member(), caller.member()));
    caller.awaitChange("connected 3");
    host.awaitChange("connected " + id);
    return caller;
  }
}
