package io.kvorum.mvcc.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyIndexTest {
  private static final Bytes KEY = Bytes.utf8("k");

  /** The example of the class comment: put at 2 and 5, deleted at 8, put at 9, 12 and 15. */
  private static KeyIndex example() {
    KeyIndex index = new KeyIndex(KEY, 2, 0);
    index.append(5, 0, false);
    index.append(8, 0, true);
    index.append(9, 0, false);
    index.append(12, 3, false);
    index.append(15, 0, false);
    return index;
  }

  private static KeyIndex compacted(KeyIndex index, long revision) {
    int kept = index.firstKept(revision);
    return kept == 0 ? index : index.from(kept);
  }

  private static String describe(KeyIndex index) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < index.size(); i++) {
      text.append(index.modRevision(i));
      text.append(
          index.isTombstone(i)
              ? "x "
              : "(v" + index.version(i) + " c" + index.createRevision(i) + ") ");
    }
    return text.toString().strip();
  }

  @Test
  void everyGenerationCountsItsVersionsFromOne() {
    assertThat(describe(example())).isEqualTo("2(v1 c2) 5(v2 c2) 8x 9(v1 c9) 12(v2 c9) 15(v3 c9)");
  }

  @Test
  void aRevisionSeesTheLastChangeAtOrBelowIt() {
    KeyIndex index = example();
    assertThat(index.positionAt(1)).isEqualTo(-1);
    assertThat(index.positionAt(2)).isEqualTo(0);
    assertThat(index.positionAt(7)).isEqualTo(1);
    assertThat(index.positionAt(8)).isEqualTo(2);
    assertThat(index.positionAt(11)).isEqualTo(3);
    assertThat(index.positionAt(99)).isEqualTo(5);
    assertThat(index.sub(4)).isEqualTo(3);
  }

  @Test
  void compactionKeepsWhatAReaderAtTheCompactRevisionSees() {
    assertThat(describe(compacted(example(), 5)))
        .isEqualTo("5(v2 c2) 8x 9(v1 c9) 12(v2 c9) 15(v3 c9)");
    assertThat(describe(compacted(example(), 7)))
        .isEqualTo("5(v2 c2) 8x 9(v1 c9) 12(v2 c9) 15(v3 c9)");
    assertThat(describe(compacted(example(), 12))).isEqualTo("12(v2 c9) 15(v3 c9)");
    assertThat(describe(compacted(example(), 99))).isEqualTo("15(v3 c9)");
  }

  @Test
  void theTombstoneStaysExactlyAtTheCompactRevisionAndGoesAboveIt() {
    assertThat(describe(compacted(example(), 8))).isEqualTo("8x 9(v1 c9) 12(v2 c9) 15(v3 c9)");
    assertThat(describe(compacted(compacted(example(), 8), 9)))
        .isEqualTo("9(v1 c9) 12(v2 c9) 15(v3 c9)");
    KeyIndex deleted = example();
    deleted.append(16, 0, true);
    assertThat(deleted.firstKept(16)).isEqualTo(6);
    assertThat(deleted.firstKept(17)).isEqualTo(deleted.size());
  }

  @Test
  void compactingBelowTheFirstRevisionChangesNothing() {
    assertThat(example().firstKept(1)).isZero();
    assertThat(example().firstKept(2)).isZero();
  }

  @Test
  void versionsGoOnAfterTheHeadOfTheGenerationIsGone() {
    KeyIndex index = compacted(example(), 12);
    index.append(20, 0, false);
    assertThat(describe(index)).isEqualTo("12(v2 c9) 15(v3 c9) 20(v4 c9)");
    KeyIndex again = compacted(index, 20);
    again.append(21, 0, true);
    again.append(22, 0, false);
    assertThat(describe(again)).isEqualTo("20(v4 c9) 21x 22(v1 c22)");
  }

  @Test
  void whoHoldsTheIndexFromBeforeCompactionStillReadsIt() {
    KeyIndex index = example();
    KeyIndex shorter = compacted(index, 12);
    shorter.append(20, 0, false);
    assertThat(index.size()).isEqualTo(6);
    assertThat(index.version(1)).isEqualTo(2);
  }

  @Test
  void itFindsAChangeByRevisionAndSub() {
    KeyIndex index = new KeyIndex(KEY, 2, 1);
    index.append(2, 4, true);
    index.append(2, 6, false);
    assertThat(index.contains(2, 1)).isTrue();
    assertThat(index.contains(2, 4)).isTrue();
    assertThat(index.contains(2, 6)).isTrue();
    assertThat(index.contains(2, 5)).isFalse();
    assertThat(index.contains(3, 6)).isFalse();
    assertThat(index.contains(1, 0)).isFalse();
  }

  @Test
  void aKeyReadFromACompactedHistoryRemembersWhatIsMissing() {
    KeyValue kv = new KeyValue(KEY, Bytes.EMPTY, 9, 12, 4, 0);
    KeyIndex index = KeyIndex.startingWith(0, kv);
    index.append(13, 0, false);
    assertThat(describe(index)).isEqualTo("12(v4 c9) 13(v5 c9)");
    assertThat(describe(KeyIndex.startingWith(0, KeyValue.tombstone(KEY, 7)))).isEqualTo("7x");
  }

  @Test
  void randomHistoriesAgreeWithCountingByHand() {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      KeyIndex index = new KeyIndex(KEY, 1, 0);
      List<long[]> expected = new ArrayList<>(); // main, version, create
      expected.add(new long[] {1, 1, 1});
      long main = 1;
      for (int step = 0; step < 300; step++) {
        main += 1 + random.nextInt(3);
        long[] before = expected.isEmpty() ? new long[3] : expected.get(expected.size() - 1);
        boolean tombstone = before[1] > 0 && random.nextInt(4) == 0;
        index.append(main, 0, tombstone);
        expected.add(
            tombstone
                ? new long[] {main, 0, 0}
                : new long[] {main, before[1] + 1, before[1] == 0 ? main : before[2]});
        if (random.nextInt(25) == 0) {
          long at = main - random.nextInt(20);
          int kept = index.firstKept(at);
          if (kept > 0 && kept < index.size()) {
            index = compacted(index, at);
            expected = new ArrayList<>(expected.subList(kept, expected.size()));
          }
        }
        assertThat(index.size()).as("seed %d", seed).isEqualTo(expected.size());
        for (int i = 0; i < index.size(); i++) {
          assertThat(new long[] {index.modRevision(i), index.version(i), index.createRevision(i)})
              .as("seed %d, step %d, position %d", seed, step, i)
              .containsExactly(expected.get(i));
          assertThat(index.positionAt(index.modRevision(i))).isEqualTo(i);
        }
      }
    }
  }
}
