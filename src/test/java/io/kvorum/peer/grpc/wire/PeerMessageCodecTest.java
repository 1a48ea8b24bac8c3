package io.kvorum.peer.grpc.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.proto.peer.Append;
import io.kvorum.proto.peer.Entry;
import io.kvorum.proto.peer.Forward;
import io.kvorum.proto.peer.Frame;
import io.kvorum.proto.peer.Refused;
import io.kvorum.proto.peer.Vote;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PeerMessageCodecTest {

  @Test
  void everyKindOfMessageComesBackAsItWas() throws Exception {
    long seed = new Random().nextLong();
    RandomPeerMessages messages = new RandomPeerMessages(new Random(seed));
    for (Class<?> kind : RandomPeerMessages.kinds()) {
      for (int round = 0; round < 200; round++) {
        PeerMessage message = messages.of(kind);
        Frame sent = PeerMessageCodec.encode(message);
        PeerMessage read = PeerMessageCodec.decode(Frame.parseFrom(sent.toByteArray()));
        assertThat(read)
            .as("seed %d, %s", seed, kind.getSimpleName())
            .usingRecursiveComparison()
            .withStrictTypeChecking()
            .isEqualTo(message);
      }
    }
  }

  @Test
  void thePayloadOfAnEntryIsNotCopiedWhenItIsSent() throws Exception {
    byte[] payload = {1, 2, 3};
    Frame frame =
        PeerMessageCodec.encode(
            new PeerMessage.Append(
                1, 1, 0, 0, List.of(new WriteAheadLog.Entry(1, 1, payload)), 0, 0));
    PeerMessage.Append read = (PeerMessage.Append) PeerMessageCodec.decode(frame);
    assertThat(read.entries().get(0).payload()).isSameAs(payload);
  }

  @Test
  void aFrameOfNoKindIsMalformed() {
    assertMalformed(Frame.getDefaultInstance(), "known kind");
  }

  @Test
  void negativeNumbersAreMalformed() {
    assertMalformed(
        Frame.newBuilder().setVoteResponse(Vote.newBuilder().setTerm(-1)).build(), "term -1");
    assertMalformed(
        Frame.newBuilder().setForward(Forward.newBuilder().setCount(-5)).build(), "count -5");
  }

  @Test
  void aGapBetweenEntriesIsMalformed() {
    Append append =
        Append.newBuilder()
            .setPreviousIndex(7)
            .addEntry(Entry.newBuilder().setIndex(8))
            .addEntry(Entry.newBuilder().setIndex(10))
            .build();
    assertMalformed(Frame.newBuilder().setAppend(append).build(), "entry 10 stands where 9 is due");
  }

  @Test
  void anUnknownReasonIsMalformed() {
    assertMalformed(
        Frame.newBuilder().setForwardRefused(Refused.newBuilder().setReason("NO_MOOD")).build(),
        "NO_MOOD");
  }

  private static void assertMalformed(Frame frame, String reason) {
    assertThatThrownBy(() -> PeerMessageCodec.decode(frame))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining(reason);
  }
}
