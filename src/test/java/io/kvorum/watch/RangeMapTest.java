package io.kvorum.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RangeMapTest {
  private static final long SEEDS = 60;

  @Test
  void findsTheSameRangesAsLookingAtEachOfThem() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Random random = new Random(seed);
      RangeMap<KeyRange> map = new RangeMap<>();
      Set<KeyRange> model = new HashSet<>();
      for (int i = 0; i < 300; i++) {
        KeyRange range = anyRange(random);
        if (random.nextInt(3) == 0) {
          map.remove(range);
          model.remove(range);
        } else {
          assertThat(map.computeIfAbsent(range, made -> made)).isEqualTo(range);
          model.add(range);
        }
        Bytes key = anyKey(random);
        List<KeyRange> found = new ArrayList<>();
        map.collect(key, found);
        Set<KeyRange> expected = new HashSet<>(model);
        expected.removeIf(each -> !each.contains(key));
        assertThat(found).as("seed %s, step %s, key %s", seed, i, key).doesNotHaveDuplicates();
        assertThat(new HashSet<>(found))
            .as("seed %s, step %s, key %s", seed, i, key)
            .isEqualTo(expected);
      }
      assertThat(new HashSet<>(map.values())).isEqualTo(model);
    }
  }

  @Test
  void isEmptyAfterTheLastRangeWasRemoved() {
    RangeMap<KeyRange> map = new RangeMap<>();
    List<KeyRange> ranges =
        List.of(KeyRange.single(Bytes.utf8("a")), KeyRange.all(), prefix("b", "c"));
    ranges.forEach(range -> map.computeIfAbsent(range, made -> made));
    assertThat(map.isEmpty()).isFalse();
    ranges.forEach(map::remove);
    assertThat(map.isEmpty()).isTrue();
    List<KeyRange> found = new ArrayList<>();
    map.collect(Bytes.utf8("b"), found);
    assertThat(found).isEmpty();
  }

  @Test
  void manyNestedRangesTakeNoMoreRoomThanTheirNumber() {
    RangeMap<KeyRange> map = new RangeMap<>();
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      map.computeIfAbsent(new KeyRange(Bytes.utf8(String.format("%06d", i)), Bytes.EMPTY), r -> r);
    }
    List<KeyRange> found = new ArrayList<>();
    map.collect(Bytes.utf8("000009"), found);
    assertThat(found).hasSize(10);
    found.clear();
    map.collect(Bytes.utf8("z"), found);
    assertThat(found).hasSize(count);
  }

  private static KeyRange prefix(String from, String to) {
    return new KeyRange(Bytes.utf8(from), Bytes.utf8(to));
  }

  private static KeyRange anyRange(Random random) {
    Bytes from = anyKey(random);
    return switch (random.nextInt(5)) {
      case 0 -> KeyRange.single(from);
      case 1 -> new KeyRange(from, Bytes.EMPTY);
      default -> {
        Bytes other = anyKey(random);
        yield from.compareTo(other) < 0
            ? new KeyRange(from, other)
            : new KeyRange(other, from.successor());
      }
    };
  }

  private static Bytes anyKey(Random random) {
    byte[] key = new byte[1 + random.nextInt(2)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (random.nextInt(12) * 23);
    }
    return Bytes.wrap(key);
  }
}
