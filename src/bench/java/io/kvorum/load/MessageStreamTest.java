package io.kvorum.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MessageStreamTest {

  private final List<Integer> sizes = new ArrayList<>();
  private final MessageStream stream =
      new MessageStream() {
        @Override
        void message(byte[] message) {
          for (byte each : message) {
            assertThat(each).isEqualTo((byte) message.length);
          }
          sizes.add(message.length);
        }

        @Override
        public void ended(@Nullable String failure) {}
      };

  @Test
  void messagesArePutTogetherHoweverTheyAreCut() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    List<Integer> sent = new ArrayList<>();
    ByteBuf bytes = Unpooled.buffer();
    for (int i = 0; i < 500; i++) {
      int size = random.nextInt(100);
      sent.add(size);
      bytes.writeByte(0).writeInt(size);
      for (int b = 0; b < size; b++) {
        bytes.writeByte(size);
      }
    }
    while (bytes.isReadable()) {
      int length = Math.min(bytes.readableBytes(), 1 + random.nextInt(150));
      int before = bytes.readerIndex();
      stream.data(bytes, length);
      assertThat(bytes.readerIndex()).isEqualTo(before + length);
    }
    assertThat(sizes).as("seed %s", seed).isEqualTo(sent);
  }
}
