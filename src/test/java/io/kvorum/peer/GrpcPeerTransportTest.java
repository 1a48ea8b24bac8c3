package io.kvorum.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.proto.peer.Frame;
import io.kvorum.proto.peer.Notice;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.proto.peer.Welcome;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GrpcPeerTransportTest {
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void messagesArriveInOrderAndCompletelyUnderLoad() throws Exception {
    TestPeer one = peer(1);
    TestPeer two = peer(2);
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
    TestPeer one = peer(1);
    TestPeer two = peer(2);
    TestPeer.join(one, two);
    byte[] payload = new byte[PeerSettings.MAX_REQUEST_BYTES];
    PeerMessage append =
        new PeerMessage.Append(1, 1, 0, 0, List.of(new WriteAheadLog.Entry(1, 1, payload)), 0, 0);
    assertThat(one.transport.send(2, append)).isTrue();
    assertThat(((PeerMessage.Append) two.next().message()).entries().get(0).payload())
        .hasSize(payload.length);
  }

  @Test
  void aMemberThatIsNotKnownGetsNothing() throws Exception {
    TestPeer one = peer(1);
    assertThat(one.transport.send(9, message(1))).isFalse();
    assertThat(one.transport.isReachable(9)).isFalse();
  }

  @Test
  void aMemberCountsAsReachableUntilTheFirstFailure() throws Exception {
    TestPeer one = peer(1);
    try (ServerSocket silent = new ServerSocket(0)) {
      one.transport.update(
          List.of(TestPeer.member(2, "http://127.0.0.1:" + silent.getLocalPort())));
      assertThat(one.transport.isReachable(2)).isTrue();
      assertThat(one.transport.send(2, message(1))).isTrue();
    }
    one.awaitChange("disconnected 2");
    assertThat(one.transport.isReachable(2)).isFalse();
    assertThat(one.transport.send(2, message(1))).isFalse();
  }

  @Test
  void aMemberOfAnotherClusterIsRefusedAndBothSidesSayWhyOnce() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      TestPeer one = peer(1);
      TestPeer stranger = keep(new TestPeer(2, 0xbad, TestPeer.settings(0), TestPeer.noServices()));
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
      TestPeer one = peer(1);
      TestPeer two = peer(2);
      TestPeer.join(one, two);
      two.awaitChange("connected 1");
      one.removedMembers.add(2L);
      one.transport.update(List.of(one.member()));
      two.removed.get(10, TimeUnit.SECONDS);
      two.awaitLaterChange("disconnected 1");
      assertThat(one.transport.send(2, message(1))).isFalse();
      log.await("this member is told", "the member has been removed from the cluster: 2");
    }
  }

  @Test
  void anAddressOfAnotherMemberIsNoticed() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      TestPeer one = peer(1);
      TestPeer two = peer(2);
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
  void aRestartedMemberIsFoundAgain() throws Exception {
    TestPeer one = peer(1);
    TestPeer two = new TestPeer(2);
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
    int port = two.port();
    two.close();
    one.awaitChange("disconnected 2");
    assertThat(one.transport.send(2, message(1))).isFalse();
    TestPeer again = keep(new TestPeer(2, TestPeer.settings(port)));
    TestPeer.join(one, again);
    one.awaitChange("connected 2");
    assertThat(one.transport.isReachable(2)).isTrue();
    assertThat(one.transport.send(2, message(5))).isTrue();
    assertThat(again.next().message()).isEqualTo(message(5));
    assertThat(one.transport.stats().members().get(0).disconnects()).isEqualTo(1);
  }

  @Test
  void aMemberThatComesBackIsNotWaitedFor() throws Exception {
    PeerSettings patient = TestPeer.settings(0);
    TestPeer one =
        keep(
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
    int port = freePort();
    one.transport.update(List.of(one.member(), TestPeer.member(2, "http://127.0.0.1:" + port)));
    one.awaitChange("disconnected 2");
    TestPeer two = keep(new TestPeer(2, TestPeer.settings(port)));
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
  }

  @Test
  void whatWaitsForAMemberThatDoesNotReadIsBounded() throws Exception {
    TestPeer one =
        keep(
            new TestPeer(
                1,
                TestPeer.settings(0)
                    .withMaxQueuedBytes(4 << 20)
                    .withKeepAlive(Duration.ofHours(1), Duration.ofHours(1))));
    SilentMember silent = keep(new SilentMember());
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
  void whatNobodyTakesIsBoundedAndTheMemberIsNotTakenForDead() throws Exception {
    Duration patience = Duration.ofMillis(400);
    PeerSettings settings =
        TestPeer.settings(0)
            .withMaxQueuedBytes(1 << 20)
            .withKeepAlive(Duration.ofMillis(20), patience);
    TestPeer one = keep(new TestPeer(1, settings));
    TestPeer two = keep(new TestPeer(2, settings));
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
    two.takes = false;
    int accepted = 0;
    long end = System.nanoTime() + 4 * patience.toNanos();
    while (accepted < 2_000 && System.nanoTime() < end) {
      if (one.transport.send(2, new PeerMessage.Forward(1, 1, accepted, 1, new byte[64 << 10]))) {
        accepted++;
      } else {
        Thread.onSpinWait();
      }
    }
    assertThat(accepted).isLessThan(2_000);
    assertThat(two.untakenBytes.get())
        .isBetween(PeerInbox.MAX_WAITING_BYTES, PeerInbox.MAX_WAITING_BYTES + (65 << 10));
    assertThat(one.transport.isReachable(2)).isTrue();
    assertThat(one.changes).as("four times the patience later").isEmpty();

    two.takes = true;
    for (Runnable each = two.untaken.poll(); each != null; each = two.untaken.poll()) {
      each.run();
    }
    for (int i = 0; i < accepted; i++) {
      assertThat(((PeerMessage.Forward) two.next().message()).sequence()).isEqualTo(i);
    }
    assertThat(one.changes).isEmpty();
  }

  @Test
  void aMemberThatConnectsAnewGetsNoOtherCredit() throws Exception {
    TestPeer one = peer(1);
    TestPeer two = peer(2);
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
    two.takes = false;
    PeerMessage large = new PeerMessage.Forward(1, 1, 1, 1, new byte[9 << 20]);
    assertThat(one.transport.send(2, large)).isTrue();
    assertThat(two.next().sender()).isEqualTo(1);
    one.close();
    TestPeer again = peer(1);
    two.transport.update(List.of(again.member(), two.member()));
    again.transport.update(List.of(again.member(), two.member()));
    again.awaitChange("connected 2");
    assertThat(again.transport.send(2, message(7))).isTrue();
    two.awaitLaterChange("connected 1");
    assertThat(two.messages).isEmpty();
    two.takes = true;
    two.untaken.remove().run();
    assertThat(two.next().message()).isEqualTo(message(7));
  }

  @Test
  void aMemberThatGivesNoSignOfLifeIsLost() throws Exception {
    TestPeer one =
        keep(
            new TestPeer(
                1,
                TestPeer.settings(0).withKeepAlive(Duration.ofMillis(50), Duration.ofMillis(300))));
    SilentMember silent = keep(new SilentMember());
    one.transport.update(List.of(one.member(), TestPeer.member(2, silent.url())));
    one.awaitChange("connected 2");
    one.awaitChange("disconnected 2");
  }

  @Test
  void aRunningConnectionIsPinged() throws Exception {
    TestPeer one =
        keep(
            new TestPeer(
                1,
                TestPeer.settings(0).withKeepAlive(Duration.ofMillis(1), Duration.ofSeconds(5))));
    PongingMember two = keep(new PongingMember());
    one.transport.update(List.of(one.member(), TestPeer.member(2, two.url())));
    // The third one shows that the answers to the first two were understood.
    assertThat(two.pings.tryAcquire(3, 10, TimeUnit.SECONDS)).isTrue();
    assertThat(one.transport.stats().members().get(0).roundTripNanos()).isPositive();
    assertThat(one.transport.stats().members().get(0).roundTrips().count())
        .isGreaterThanOrEqualTo(2);
    assertThat(one.transport.isReachable(2)).isTrue();
  }

  @Test
  void aMemberIsFollowedToItsNewAddress() throws Exception {
    TestPeer one = peer(1);
    TestPeer two = peer(2);
    TestPeer.join(one, two);
    one.awaitChange("connected 2");
    TestPeer moved = keep(new TestPeer(2));
    moved.transport.update(List.of(one.member(), moved.member()));
    one.transport.update(List.of(one.member(), moved.member()));
    assertThat(one.transport.send(2, message(5))).isTrue();
    assertThat(two.next().message()).as("it has yet to move").isEqualTo(message(5));
    two.transport.close();
    one.awaitChange("disconnected 2");
    one.awaitChange("connected 2");
    assertThat(one.transport.send(2, message(6))).isTrue();
    assertThat(moved.next().message()).isEqualTo(message(6));
  }

  @Test
  void eachOfSeveralAddressesIsTried() throws Exception {
    TestPeer one = peer(1);
    TestPeer two = peer(2);
    two.transport.update(List.of(one.member(), two.member()));
    String dead = "http://127.0.0.1:" + freePort();
    one.transport.update(
        List.of(
            one.member(),
            TestPeer.member(
                2, "https://127.0.0.1:1", dead, "http://no-such-host.invalid:1", two.url())));
    one.awaitLaterChange("connected 2");
  }

  @Test
  void aMessageThatMakesNoSenseEndsTheStreamAndReachesNobody() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      TestPeer one = peer(1);
      TestPeer two = peer(2);
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

  @Test
  void nothingIsReorderedOrDoubledWhileTheWayBreaksAgainAndAgain() throws Exception {
    TestPeer one = peer(1);
    TestPeer two = peer(2);
    TestPeer.join(one, two);
    long last = 20_000;
    long end = System.nanoTime() + TestPeer.LIMIT.toNanos();
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
      peers[i] = peer(i + 1);
    }
    TestPeer.join(peers);
    // Who knows another one sooner than it is known is refused at first.
    for (TestPeer peer : peers) {
      peer.awaitConnections(peers.length - 1);
    }
    for (TestPeer sender : peers) {
      for (TestPeer receiver : peers) {
        if (sender != receiver) {
          assertThat(sender.transport.send(receiver.id, message((int) sender.id))).isTrue();
        }
      }
    }
    for (TestPeer receiver : peers) {
      List<Long> senders = new ArrayList<>();
      for (int i = 1; i < peers.length; i++) {
        TestPeer.Received received = receiver.next();
        assertThat(received.message()).isEqualTo(message((int) received.sender()));
        senders.add(received.sender());
      }
      assertThat(senders).doesNotHaveDuplicates().doesNotContain(receiver.id);
    }
  }

  /** Welcomes everyone; what it does then, others say. */
  private abstract static class ScriptedMember implements AutoCloseable {
    private final PeerSockets sockets = new PeerSockets(TestPeer.settings(0), 1);
    private final Server server;

    ScriptedMember() throws Exception {
      ServerServiceDefinition service =
          ServerServiceDefinition.builder(PeerGrpc.SERVICE_NAME)
              .addMethod(PeerGrpc.getMessagesMethod(), this::welcome)
              .build();
      server = sockets.newServer(TestPeer.settings(0).addresses(), service).start();
    }

    private ServerCall.Listener<Frame> welcome(ServerCall<Frame, Notice> call, Metadata headers) {
      call.sendHeaders(new Metadata());
      call.sendMessage(Notice.newBuilder().setWelcome(Welcome.getDefaultInstance()).build());
      return goOn(call);
    }

    abstract ServerCall.Listener<Frame> goOn(ServerCall<Frame, Notice> call);

    String url() {
      return "http://127.0.0.1:" + server.getPort();
    }

    @Override
    public void close() {
      server.shutdownNow();
      sockets.close();
    }
  }

  /** Neither reads nor says anything. */
  private static final class SilentMember extends ScriptedMember {
    SilentMember() throws Exception {}

    @Override
    ServerCall.Listener<Frame> goOn(ServerCall<Frame, Notice> call) {
      return new ServerCall.Listener<>() {};
    }
  }

  /** Answers pings and counts them. */
  private static final class PongingMember extends ScriptedMember {
    private final Semaphore pings = new Semaphore(0);

    PongingMember() throws Exception {}

    @Override
    ServerCall.Listener<Frame> goOn(ServerCall<Frame, Notice> call) {
      call.request(Integer.MAX_VALUE);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(Frame frame) {
          call.sendMessage(Notice.newBuilder().setPong(frame.getPing()).build());
          pings.release();
        }
      };
    }
  }

  private static PeerMessage message(int number) {
    return new PeerMessage.VoteResponse(number, true);
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private TestPeer peer(long id) throws Exception {
    return keep(new TestPeer(id));
  }

  private <T extends AutoCloseable> T keep(T closeable) {
    open.add(0, closeable);
    return closeable;
  }
}
