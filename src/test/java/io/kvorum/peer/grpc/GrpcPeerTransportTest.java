package io.kvorum.peer.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.model.Command;
import io.kvorum.peer.PeerSettings;
import io.kvorum.peer.PeerStats;
import io.kvorum.peer.grpc.wire.PeerMessageCodec;
import io.kvorum.peer.grpc.wire.RandomPeerMessages;
import io.kvorum.testing.Ports;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class GrpcPeerTransportTest {
  @RegisterExtension private final OpenPeers opened = new OpenPeers();

  @Test
  void messagesArriveInOrderAndCompletelyUnderLoad() throws Exception {
    TestPeer one = opened.peer(1);
    TestPeer two = opened.peer(2);
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
    long seed = new Random().nextLong();
    RandomPeerMessages random = new RandomPeerMessages(new Random(seed));
    int count = 20_000;
    List<PeerMessage> sent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      PeerMessage message = i % 500 == 0 ? random.append(4, 200_000) : random.any();
      sent.add(message);
      while (!one.transport.send(2, message)) {
        assertThat(one.transport.isReachable(2)).as("seed %d", seed).isTrue();
        Thread.onSpinWait();
      }
    }
    for (int i = 0; i < count; i++) {
      TestPeer.Received received = two.next();
      assertThat(received.sender()).isEqualTo(1);
      assertThat(PeerMessageCodec.encode(received.message()))
          .as("seed %d, message %d", seed, i)
          .isEqualTo(PeerMessageCodec.encode(sent.get(i)));
    }
    PeerStats.OtherMember stats = one.transport.stats().members().get(0);
    assertThat(stats.sentMessages()).isEqualTo(count);
    PeerStats.OtherMember arrived = two.transport.stats().members().get(0);
    assertThat(arrived.receivedMessages()).isEqualTo(count);
    assertThat(arrived.receivedBytes()).isEqualTo(stats.sentBytes());
    assertThat(stats.isActive()).isTrue();
    assertThat(stats.lastConnected()).isNotNull();
  }

  @Test
  void anAppendOfManyMebibytesGetsThrough() throws Exception {
    TestPeer one = opened.peer(1);
    TestPeer two = opened.peer(2);
    TestPeer.join(one, two);
    byte[] payload = new byte[Command.MAX_ENCODED_BYTES];
    PeerMessage append =
        new PeerMessage.Append(1, 1, 0, 0, List.of(new WriteAheadLog.Entry(1, 1, payload)), 0, 0);
    assertThat(one.transport.send(2, append)).isTrue();
    assertThat(((PeerMessage.Append) two.next().message()).entries().get(0).payload())
        .hasSize(payload.length);
  }

  @Test
  void anUnknownMemberGetsNothing() throws Exception {
    TestPeer one = opened.peer(1);
    assertThat(one.transport.send(9, TestPeer.message(1))).isFalse();
    assertThat(one.transport.isReachable(9)).isFalse();
  }

  @Test
  void aMemberCountsAsReachableUntilTheFirstFailure() throws Exception {
    TestPeer one = opened.peer(1);
    try (ServerSocket silent = new ServerSocket(0)) {
      one.transport.update(
          List.of(TestPeer.member(2, "http://127.0.0.1:" + silent.getLocalPort())));
      assertThat(one.transport.isReachable(2)).isTrue();
      assertThat(one.transport.send(2, TestPeer.message(1))).isTrue();
    }
    one.awaitChange("disconnected 2");
    assertThat(one.transport.isReachable(2)).isFalse();
    assertThat(one.transport.send(2, TestPeer.message(1))).isFalse();
  }

  @Test
  void aRestartedMemberIsFoundAgain() throws Exception {
    TestPeer one = opened.peer(1);
    int port = Ports.free();
    TestPeer two = new TestPeer(2, TestPeer.settings(port));
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
    two.close();
    one.awaitChange("disconnected 2");
    assertThat(one.transport.send(2, TestPeer.message(1))).isFalse();
    TestPeer again = opened.keep(new TestPeer(2, TestPeer.settings(port)));
    TestPeer.join(one, again);
    one.awaitChange("connected 2");
    assertThat(one.transport.isReachable(2)).isTrue();
    assertThat(one.transport.send(2, TestPeer.message(5))).isTrue();
    assertThat(again.next().message()).isEqualTo(TestPeer.message(5));
    assertThat(one.transport.stats().members().get(0).disconnects()).isEqualTo(1);
  }

  @Test
  void aMemberThatComesBackIsNotWaitedFor() throws Exception {
    PeerSettings patient = TestPeer.settings(0);
    TestPeer one =
        opened.keep(
            new TestPeer(
                1,
                new PeerSettings(
                    patient.addresses(),
                    patient.maxQueuedBytes(),
                    patient.keepAliveInterval(),
                    patient.keepAliveTimeout(),
                    Duration.ofHours(1),
                    Duration.ofHours(1),
                    patient.stallTimeout(),
                    patient.requestTimeout())));
    int port = Ports.free();
    one.transport.update(List.of(one.member(), TestPeer.member(2, "http://127.0.0.1:" + port)));
    one.awaitChange("disconnected 2");
    TestPeer two = opened.keep(new TestPeer(2, TestPeer.settings(port)));
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
  }

  @Test
  void aMemberIsFollowedToItsNewAddress() throws Exception {
    TestPeer one = opened.peer(1);
    TestPeer two = opened.peer(2);
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
    TestPeer moved = opened.peer(2);
    moved.transport.update(List.of(one.member(), moved.member()));
    one.transport.update(List.of(one.member(), moved.member()));
    assertThat(one.transport.send(2, TestPeer.message(5))).isTrue();
    assertThat(two.next().message()).as("it has yet to move").isEqualTo(TestPeer.message(5));
    two.transport.close();
    one.awaitChange("disconnected 2");
    one.awaitChange("connected 2");
    assertThat(one.transport.send(2, TestPeer.message(6))).isTrue();
    assertThat(moved.next().message()).isEqualTo(TestPeer.message(6));
  }

  @Test
  void eachOfSeveralAddressesIsTried() throws Exception {
    TestPeer one = opened.peer(1);
    TestPeer two = opened.peer(2);
    two.transport.update(List.of(one.member(), two.member()));
    URI dead = Ports.freeUrl();
    one.transport.update(
        List.of(
            one.member(),
            TestPeer.member(
                2,
                "https://127.0.0.1:1",
                dead.toString(),
                "http://no-such-host.invalid:1",
                two.url())));
    one.awaitLaterChange("connected 2");
  }

  @Test
  void nothingIsReorderedOrDuplicatedWhileTheLinkBreaksRepeatedly() throws Exception {
    TestPeer one = opened.peer(1);
    TestPeer two = opened.peer(2);
    TestPeer.join(one, two);
    long last = 20_000;
    for (long i = 1; i < last; i++) {
      if (i % 4_000 == 0) {
        one.transport.send(2, new PeerMessage.VoteResponse(-1, true));
      } else if (i % 4_000 == 500) {
        // What is sent in between runs into the break.
        one.awaitLaterChange("connected 2");
      }
      one.transport.send(2, new PeerMessage.Forward(1, 1, i, 1, new byte[100]));
    }
    long arrived = 0;
    long count = 0;
    long end = System.nanoTime() + TestPeer.LIMIT.toNanos();
    for (long next = last; arrived < last; next++) {
      assertThat(System.nanoTime()).as("waiting for the last ones").isLessThan(end);
      one.transport.send(2, new PeerMessage.Forward(1, 1, next, 1, new byte[100]));
      TestPeer.Received received = two.messages.poll(10, TimeUnit.MILLISECONDS);
      while (received != null) {
        long sequence = ((PeerMessage.Forward) received.message()).sequence();
        assertThat(sequence).isGreaterThan(arrived);
        arrived = sequence;
        count++;
        received = two.messages.poll();
      }
    }
    assertThat(count).isGreaterThan(1000);
    assertThat(one.transport.stats().members().get(0).disconnects()).isGreaterThanOrEqualTo(4);
  }

  @Test
  void sevenMembersReachEachOther() throws Exception {
    TestPeer[] peers = new TestPeer[7];
    for (int i = 0; i < peers.length; i++) {
      peers[i] = opened.peer(i + 1);
    }
    TestPeer.join(peers);
    // Who knows another one sooner than it is known is refused at first.
    for (TestPeer peer : peers) {
      peer.awaitConnections(peers.length - 1);
    }
    for (TestPeer sender : peers) {
      for (TestPeer receiver : peers) {
        if (sender != receiver) {
          assertThat(sender.transport.send(receiver.id, TestPeer.message((int) sender.id)))
              .isTrue();
        }
      }
    }
    for (TestPeer receiver : peers) {
      List<Long> senders = new ArrayList<>();
      for (int i = 1; i < peers.length; i++) {
        TestPeer.Received received = receiver.next();
        assertThat(received.message()).isEqualTo(TestPeer.message((int) received.sender()));
        senders.add(received.sender());
      }
      assertThat(senders).doesNotHaveDuplicates().doesNotContain(receiver.id);
    }
  }
}
