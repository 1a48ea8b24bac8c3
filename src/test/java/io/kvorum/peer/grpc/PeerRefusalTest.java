package io.kvorum.peer.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.grpc.link.CallIdentity;
import io.kvorum.peer.grpc.link.PeerAddress;
import io.kvorum.peer.grpc.link.PeerSockets;
import io.kvorum.proto.peer.Notice;
import io.kvorum.proto.peer.PeerGrpc;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Callers that are refused, and what both sides log. */
@Timeout(60)
class PeerRefusalTest {
  @RegisterExtension private final OpenPeers opened = new OpenPeers();

  @Test
  void aMemberOfAnotherClusterIsRefusedAndBothSidesLogWhyOnce() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      TestPeer one = opened.peer(1);
      TestPeer stranger =
          opened.keep(new TestPeer(2, 0xbad, TestPeer.settings(0), TestPeer.noServices()));
      one.transport.update(List.of(one.member(), stranger.member()));
      stranger.transport.update(List.of(TestPeer.member(1, one.url())));
      String mismatch =
          "cluster ID mismatch: member 2 belongs to cluster bad, member m1 (1) to cluster c1";
      log.await("refused member m2 (2)", mismatch);
      log.await("refused by member m1 (1)", one.url(), mismatch);
      stranger.awaitChange("disconnected 1");
      assertThat(stranger.transport.isReachable(1)).isFalse();
      assertThat(stranger.failures.await(5)).isTrue();
      assertThat(log.count("refused member m2 (2)")).isEqualTo(1);
      assertThat(log.count("refused by member m1 (1)")).isEqualTo(1);
      assertThat(one.messages).isEmpty();
      assertThat(stranger.removed).isNotDone();
    }
  }

  @Test
  void aMemberThatWasRemovedLearnsIt() throws Exception {
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
      log.await(
          "removed from the cluster (reported by a peer)",
          "the member has been removed from the cluster: m2 (2)");
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
          "member ID mismatch: member m3 (3) was called, but this address belongs to member m2 (2)";
      log.await("refused member m1 (1)", mismatch);
      log.await("refused by member m3 (3)", mismatch);
      one.awaitLaterChange("disconnected 3");
    }
  }

  @Test
  void aMalformedMessageEndsTheStreamAndIsNotDelivered() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      TestPeer one = opened.peer(1);
      TestPeer two = opened.peer(2);
      TestPeer.join(one, two);
      one.awaitChange("connected 2");
      assertThat(one.transport.send(2, new PeerMessage.VoteResponse(-7, true))).isTrue();
      one.awaitChange("disconnected 2");
      log.await("malformed message from member m1 (1)", "term -7 is negative");
      log.await("lost connection to member m2 (2)", "malformed message: term -7 is negative");
      one.awaitChange("connected 2");
      assertThat(two.messages).isEmpty();
      assertThat(two.transport.stats().members().get(0).receiveFailures()).isEqualTo(1);
    }
  }

  @Test
  void bytesThatAreNotAFrameEndTheStreamWithTheReason() throws Exception {
    try (CapturedLog log = new CapturedLog();
        PeerSockets sockets = new PeerSockets(TestPeer.settings(0), TestPeer.NO_TLS, 1)) {
      TestPeer one = opened.peer(1);
      one.transport.update(List.of(one.member(), TestPeer.member(2, "http://127.0.0.1:1")));
      ManagedChannel channel =
          sockets.newChannel(
              sockets.route(PeerAddress.parse(one.url()), one.transport.addresses().get(0)),
              sockets.nextLoop());
      ClientCall<byte[], Notice> call =
          channel.newCall(
              PeerGrpc.getMessagesMethod().toBuilder(
                      new RawBytes(), ProtoUtils.marshaller(Notice.getDefaultInstance()))
                  .build(),
              CallOptions.DEFAULT);
      CompletableFuture<Status> end = new CompletableFuture<>();
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onClose(Status status, Metadata trailers) {
              end.complete(status);
            }
          },
          CallIdentity.of(new PeerIdentity(TestPeer.CLUSTER, 2), 1).headers());
      call.request(10);
      call.sendMessage(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 1, 2});
      Status status = end.get(10, TimeUnit.SECONDS);
      assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(status.getDescription()).contains("malformed message: not a frame");
      log.await("malformed message from member m2 (2)", "not a frame");
      assertThat(one.transport.stats().members().get(0).receiveFailures()).isEqualTo(1);
      channel.shutdownNow();
    }
  }

  private static final class RawBytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] bytes) {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException("only sends");
    }
  }
}
