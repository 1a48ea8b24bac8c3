package io.kvorum.peer.grpc.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.kvorum.model.Command;
import io.kvorum.proto.peer.Forward;
import io.kvorum.proto.peer.Frame;
import org.junit.jupiter.api.Test;

class FrameQueueTest {
  private final FrameQueue queue = new FrameQueue(1 << 20);

  @Test
  void aFrameThatIsAloneMayBeLarger() {
    Frame large = frame(20 << 20);
    assertThat(queue.offer(large)).isTrue();
    assertThat(queue.offer(frame(1))).as("behind a large one").isFalse();
    assertThat(queue.poll()).isSameAs(large);
    assertThat(queue.offer(frame(1))).isTrue();
    assertThat(queue.offer(large)).as("behind a small one").isFalse();
    assertThat(queue.offer(frame(1 << 19))).isTrue();
    assertThat(queue.offer(frame(1 << 19))).as("too much in all").isFalse();
    assertThat(queue.poll()).isNotNull();
    assertThat(queue.poll()).isNotNull();
    assertThat(queue.poll()).isNull();
    assertThat(queue.offer(large)).isTrue();
  }

  @Test
  void whatTheTransportCannotCarryIsRefused() {
    assertThat(queue.offer(frame(PeerSockets.MAX_MESSAGE_BYTES))).isFalse();
    assertThat(queue.offer(frame(Command.MAX_ENCODED_BYTES))).isTrue();
  }

  private static Frame frame(int bytes) {
    return Frame.newBuilder()
        .setForward(Forward.newBuilder().setCommands(ByteString.copyFrom(new byte[bytes])))
        .build();
  }
}
