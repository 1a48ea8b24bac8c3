package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineChunksTest {
  private static final long SEED = Long.getLong("kvorum.seed", System.nanoTime());

  private final List<String> messages = new ArrayList<>();
  private final LineChunks lines =
      new LineChunks(
          UnpooledByteBufAllocator.DEFAULT,
          message -> {
            messages.add(message.toString(StandardCharsets.US_ASCII));
            message.release();
          });

  private void add(String text) {
    ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    lines.add(bytes);
    assertThat(bytes.refCnt()).isZero();
  }

  @Test
  void howeverTheyArriveMessagesLeaveWhole() {
    Random random = new Random(SEED);
    List<String> sent = new ArrayList<>();
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      String line = "x".repeat(random.nextInt(1 << random.nextInt(12))) + "\n";
      sent.add(line);
      all.append(line);
    }
    for (int from = 0; from < all.length(); ) {
      int to = Math.min(all.length(), from + 1 + random.nextInt(5000));
      add(all.substring(from, to));
      from = to;
    }
    assertThat(messages).as("seed %s", SEED).isEqualTo(sent);
    assertThat(lines.held()).isZero();
  }

  @Test
  void whatHasNoLineEndWaitsForItOrForTheEnd() {
    add("a\nb");
    add("c");
    assertThat(messages).containsExactly("a\n");
    assertThat(lines.held()).isEqualTo(2);
    lines.end();
    assertThat(messages).containsExactly("a\n", "bc");
    add("dropped");
    lines.close();
    lines.end();
    assertThat(messages).hasSize(2);
    assertThat(lines.held()).isZero();
  }
}
