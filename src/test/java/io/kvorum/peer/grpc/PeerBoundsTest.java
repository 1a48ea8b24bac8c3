package io.kvorum.peer.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.peer.PeerSettings;
import io.kvorum.peer.grpc.link.PeerStreams;
import io.kvorum.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How much may wait for whom, and for how long. */
@Timeout(60)
class PeerBoundsTest {
  @RegisterExtension private final OpenPeers opened = new OpenPeers();

  @Test
  void theQueueForAMemberThatDoesNotReadIsBounded() throws Exception {
    TestPeer one =
        opened.keep(
            new TestPeer(
                1,
                TestPeer.settings(0)
                    .withMaxQueuedBytes(4 << 20)
                    .withKeepAlive(Duration.ofHours(1), Duration.ofHours(1))));
    ScriptedMember.Silent silent = opened.keep(new ScriptedMember.Silent());
    one.transport.update(List.of(one.member(), TestPeer.member(2, silent.url())));
    one.awaitChange("connected 2");
    PeerMessage chunk = new PeerMessage.Forward(1, 1, 1, 1, new byte[64 << 10]);
    int accepted = 0;
    // Windows and buffers of the network take some; after them the queue fills up.
    while (one.transport.send(2, chunk)) {
      accepted++;
      assertThat(accepted).isLessThan(1000);
    }
    assertThat(accepted).isGreaterThanOrEqualTo(63);
    assertThat(one.transport.isReachable(2)).isTrue();
    assertThat(one.transport.stats().members().get(0).sendFailures()).isEqualTo(1);
  }

  @Test
  void messagesThatAreNotTakenAreBoundedAndTheSenderStaysConnected() throws Exception {
    Duration patience = Duration.ofSeconds(2);
    PeerSettings settings =
        TestPeer.settings(0)
            .withMaxQueuedBytes(1 << 20)
            .withKeepAlive(Duration.ofMillis(20), patience);
    TestPeer one = opened.keep(new TestPeer(1, settings));
    TestPeer two = opened.keep(new TestPeer(2, settings));
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
    two.takes = false;
    byte[] payload = new byte[64 << 10];
    AtomicInteger accepted = new AtomicInteger();
    Await.until(
        "no more is taken, nor accepted",
        TestPeer.LIMIT,
        () -> {
          while (one.transport.send(2, new PeerMessage.Forward(1, 1, accepted.get(), 1, payload))) {
            assertThat(accepted.incrementAndGet()).isLessThan(2_000);
          }
          return two.untakenBytes.get() >= PeerStreams.MAX_WAITING_BYTES;
        });
    assertThat(one.changes.poll(2 * patience.toNanos(), TimeUnit.NANOSECONDS))
        .as("twice the patience later")
        .isNull();
    assertThat(two.untakenBytes.get())
        .isBetween(PeerStreams.MAX_WAITING_BYTES, PeerStreams.MAX_WAITING_BYTES + (65 << 10));
    assertThat(one.transport.isReachable(2)).isTrue();

    two.takes = true;
    for (Runnable each = two.untaken.poll(); each != null; each = two.untaken.poll()) {
      each.run();
    }
    for (int i = 0; i < accepted.get(); i++) {
      assertThat(((PeerMessage.Forward) two.next().message()).sequence()).isEqualTo(i);
    }
    assertThat(one.changes).isEmpty();
  }

  @Test
  void aMemberThatReconnectsGetsNoFurtherCredit() throws Exception {
    TestPeer one = opened.peer(1);
    TestPeer two = opened.peer(2);
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
    two.takes = false;
    PeerMessage large = new PeerMessage.Forward(1, 1, 1, 1, new byte[9 << 20]);
    assertThat(one.transport.send(2, large)).isTrue();
    assertThat(two.next().sender()).isEqualTo(1);
    one.close();
    TestPeer again = opened.peer(1);
    two.transport.update(List.of(again.member(), two.member()));
    again.transport.update(List.of(again.member(), two.member()));
    again.awaitChange("connected 2");
    assertThat(again.transport.send(2, TestPeer.message(7))).isTrue();
    two.awaitLaterChange("connected 1");
    assertThat(two.messages).isEmpty();
    two.takes = true;
    two.untaken.remove().run();
    assertThat(two.next().message()).isEqualTo(TestPeer.message(7));
  }

  @Test
  void aMemberThatAnswersNoPingIsDisconnected() throws Exception {
    TestPeer one =
        opened.keep(
            new TestPeer(
                1,
                TestPeer.settings(0).withKeepAlive(Duration.ofMillis(50), Duration.ofMillis(300))));
    ScriptedMember.Silent silent = opened.keep(new ScriptedMember.Silent());
    one.transport.update(List.of(one.member(), TestPeer.member(2, silent.url())));
    one.awaitChange("connected 2");
    one.awaitChange("disconnected 2");
  }

  @Test
  void aRunningConnectionIsPinged() throws Exception {
    TestPeer one =
        opened.keep(
            new TestPeer(
                1,
                TestPeer.settings(0).withKeepAlive(Duration.ofMillis(1), Duration.ofSeconds(5))));
    ScriptedMember.Ponging two = opened.keep(new ScriptedMember.Ponging());
    one.transport.update(List.of(one.member(), TestPeer.member(2, two.url())));
    // The third one shows that the answers to the first two were understood.
    assertThat(two.pings.tryAcquire(3, 10, TimeUnit.SECONDS)).isTrue();
    assertThat(one.transport.stats().members().get(0).roundTripNanos()).isPositive();
    assertThat(one.transport.stats().members().get(0).roundTrips().count())
        .isGreaterThanOrEqualTo(2);
    assertThat(one.transport.isReachable(2)).isTrue();
  }
}
