package io.kvorum.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TrailingHashTest {
  @Test
  void theHashLeavesOutTheLastBytesHoweverTheStreamIsCut() throws Exception {
    long seed = 20261130;
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      byte[] stream = new byte[random.nextInt(300)];
      random.nextBytes(stream);
      TrailingHash hash = new TrailingHash();
      for (int at = 0; at < stream.length; ) {
        int size = Math.min(stream.length - at, random.nextInt(1, 80));
        hash.update(ByteBuffer.wrap(stream, at, size));
        at += size;
      }
      int content = Math.max(0, stream.length - TrailingHash.SIZE);
      assertThat(hash.trailer())
          .as("seed %s, round %s", seed, round)
          .isEqualTo(Arrays.copyOfRange(stream, content, stream.length));
      assertThat(hash.computed())
          .as("seed %s, round %s", seed, round)
          .isEqualTo(MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(stream, content)));
    }
  }
}
