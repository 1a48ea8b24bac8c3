package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangeSetTest {
  private static final long SEED = 20261130;
  private static final String NO_END = "";

  @Test
  void rangesThatTouchOrOverlapAreOne() {
    RangeSet set = RangeSet.of(List.of(range("b", "c"), range("a", "b"), range("d", "e")));
    assertThat(set.containsAll(range("a", "c"))).isTrue();
    assertThat(set.containsAll(range("a", "d"))).isFalse();
    assertThat(set.containsAll(range("a", "e"))).isFalse();
    RangeSet overlapping = RangeSet.of(List.of(range("a", "c"), range("b", "d")));
    assertThat(overlapping.containsAll(range("a", "d"))).isTrue();
  }

  @Test
  void aSingleKeyTouchesWhatBeginsRightAfterIt() {
    RangeSet set = RangeSet.of(List.of(single("a"), range("a\0", "b")));
    assertThat(set.containsAll(range("a", "b"))).isTrue();
    assertThat(set.containsAll(single("b"))).isFalse();
  }

  @Test
  void aSingleKeyIsTheRangeUpToItsSuccessor() {
    RangeSet set = RangeSet.of(List.of(single("foo")));
    assertThat(set.containsAll(range("foo", "foo\0"))).isTrue();
    assertThat(set.containsAll(range("foo", "foo1"))).isFalse();
    assertThat(set.containsAll(single("fo"))).isFalse();
  }

  @Test
  void whatHasNoEndHoldsAllThatFollows() {
    RangeSet set = RangeSet.of(List.of(range("x", "z"), range("m", NO_END)));
    assertThat(set.containsAll(range("m", NO_END))).isTrue();
    assertThat(set.containsAll(range("n", "z"))).isTrue();
    assertThat(set.containsAll(KeyRange.single(Bytes.wrap(new byte[] {-1, -1})))).isTrue();
    assertThat(set.containsAll(range("l", NO_END))).isFalse();
    assertThat(RangeSet.of(List.of(range("a", "z"))).containsAll(range("b", NO_END))).isFalse();
  }

  @Test
  void anEmptyKeyStandsForTheSmallestOne() {
    RangeSet all = RangeSet.of(List.of(range("\0", NO_END)));
    assertThat(all.containsAll(KeyRange.all())).isTrue();
  }

  @Test
  void anInvertedRangeIsInsideIfBothItsEndsAre() {
    RangeSet set = RangeSet.of(List.of(range("foo", "fop")));
    assertThat(set.containsAll(range("foo9", "foo1"))).isTrue();
    assertThat(set.containsAll(range("fop", "foo"))).isFalse();
    assertThat(set.containsAll(range("foo5", "a"))).isFalse();
    assertThat(RangeSet.EMPTY.containsAll(range("b", "a"))).isFalse();
  }

  /** Compared key by key, over all keys of up to two letters. */
  @Test
  void aRandomUnionHoldsExactlyTheRangesWhoseKeysItHolds() {
    Random random = new Random(SEED);
    List<String> keys = new ArrayList<>();
    for (char first = 'a'; first <= 'e'; first++) {
      keys.add("" + first);
      keys.add(first + "\0");
      keys.add("" + first + first);
    }
    keys.sort(null);
    for (int round = 0; round < 5_000; round++) {
      KeyRange[] parts = new KeyRange[random.nextInt(5)];
      Arrays.setAll(parts, i -> random(random, keys));
      KeyRange wanted = random(random, keys);
      if (wanted.isEmpty()) {
        continue;
      }
      boolean holdsAll =
          keys.stream()
              .map(Bytes::utf8)
              .filter(wanted::contains)
              .allMatch(key -> Arrays.stream(parts).anyMatch(part -> part.contains(key)));
      boolean says = RangeSet.of(List.of(parts)).containsAll(wanted);
      // Keys between those that are drawn make a range larger than the drawn ones in it.
      if (says) {
        assertThat(holdsAll).as("round %s, seed %s: %s", round, SEED, wanted).isTrue();
      }
      if (Arrays.stream(parts).anyMatch(part -> covers(part, wanted))) {
        assertThat(says).as("round %s, seed %s: %s", round, SEED, wanted).isTrue();
      }
    }
  }

  private static boolean covers(KeyRange part, KeyRange wanted) {
    return part.equals(wanted) || (wanted.isSingle() && part.contains(wanted.from()));
  }

  private static KeyRange random(Random random, List<String> keys) {
    String from = keys.get(random.nextInt(keys.size()));
    return switch (random.nextInt(4)) {
      case 0 -> single(from);
      case 1 -> range(from, NO_END);
      default -> range(from, keys.get(random.nextInt(keys.size())));
    };
  }

  private static KeyRange single(String key) {
    return KeyRange.single(Bytes.utf8(key));
  }

  private static KeyRange range(String from, String to) {
    return new KeyRange(Bytes.utf8(from), Bytes.utf8(to));
  }
}
