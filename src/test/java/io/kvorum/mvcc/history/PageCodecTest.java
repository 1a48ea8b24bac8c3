package io.kvorum.mvcc.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageCodecTest {

  private static List<Change> randomChanges(Random random) {
    List<Change> changes = new ArrayList<>();
    long main = 1 + random.nextInt(1000);
    int sub = 0;
    int count = random.nextInt(60);
    for (int i = 0; i < count; i++) {
      if (random.nextBoolean()) {
        main += 1 + (random.nextInt(20) == 0 ? random.nextInt(Integer.MAX_VALUE) : 0);
        sub = 0;
      } else {
        sub += 1 + random.nextInt(300);
      }
      Bytes key =
          Bytes.utf8("/registry/pods/" + "x".repeat(random.nextInt(5)) + random.nextInt(99));
      changes.add(new Change(sub, randomVersion(random, key, main)));
    }
    return changes;
  }

  private static KeyValue randomVersion(Random random, Bytes key, long main) {
    if (random.nextInt(5) == 0) {
      return KeyValue.tombstone(key, main);
    }
    byte[] value = new byte[random.nextInt(200)];
    random.nextBytes(value);
    long create = 1 + (long) (random.nextDouble() * (main - 1));
    long lease = random.nextInt(3) == 0 ? random.nextLong() : 0;
    return new KeyValue(
        key, Bytes.wrap(value), create, main, 1 + random.nextInt(Integer.MAX_VALUE), lease);
  }

  @Test
  void whatIsEncodedIsDecoded() {
    for (long seed = 0; seed < 500; seed++) {
      List<Change> changes = randomChanges(new Random(seed));
      assertThat(PageCodec.decode(PageCodec.encode(changes)))
          .as("seed %d", seed)
          .isEqualTo(changes);
    }
  }

  @Test
  void theEmptyPageAndExtremeNumbersSurvive() {
    Bytes key = Bytes.wrap(new byte[] {0, -1, 127, -128});
    List<Change> changes =
        List.of(
            new Change(
                Integer.MAX_VALUE,
                new KeyValue(key, Bytes.EMPTY, 1, Long.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE)));
    assertThat(PageCodec.decode(PageCodec.encode(changes))).isEqualTo(changes);
    assertThat(PageCodec.decode(PageCodec.encode(List.of()))).isEmpty();
  }

  @Test
  void withoutValuesEverythingElseIsThere() {
    List<Change> changes = randomChanges(new Random(7));
    List<Change> bare =
        changes.stream().map(c -> new Change(c.sub(), c.kv().withoutValue())).toList();
    assertThat(PageCodec.outline(PageCodec.encode(changes)).changes()).isEqualTo(bare);
  }

  @Test
  void aPageTakesNoMoreThanItsEstimate() {
    for (long seed = 0; seed < 200; seed++) {
      List<Change> changes = randomChanges(new Random(seed));
      int most = 16 + changes.stream().mapToInt(PageCodec::encodedBytes).sum();
      assertThat(PageCodec.encode(changes).length).as("seed %d", seed).isLessThanOrEqualTo(most);
    }
  }

  @Test
  void noFlippedBitGoesUnnoticed() {
    byte[] page = PageCodec.encode(randomChanges(new Random(3)));
    for (int at = 0; at < page.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = page.clone();
        damaged[at] ^= (byte) (1 << bit);
        assertThatThrownBy(() -> PageCodec.decode(damaged))
            .as("byte %d, bit %d", at, bit)
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void noMissingOrAddedByteGoesUnnoticed() {
    byte[] page = PageCodec.encode(randomChanges(new Random(4)));
    for (int length = 0; length < page.length + 20; length++) {
      if (length != page.length) {
        byte[] damaged = Arrays.copyOf(page, length);
        assertThatThrownBy(() -> PageCodec.decode(damaged))
            .as("length %d of %d", length, page.length)
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }
}
