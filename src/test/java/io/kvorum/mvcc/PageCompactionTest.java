package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class PageCompactionTest {
  private static final StoreSettings SETTINGS = new StoreSettings(0, 0, 1L << 30);
  private static final String LARGE = "x".repeat(4_000);
  private static final RangeQuery ALL = RangeQuery.of(KeyRange.all());

  private static void awaitDurable(StoreUnderTest under) {
    while (under.store().durableIndex() < under.entries()) {
      Thread.onSpinWait();
    }
  }

  private static void compactIndex(StoreUnderTest under) {
    while (under.writer().compactSlice()) {
      Thread.onSpinWait();
    }
  }

  private static void finished(StoreUnderTest under) {
    under
        .store()
        .compactionFinished(under.model().compactedRevision())
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  private static void fill(StoreUnderTest under, String prefix, int puts) {
    for (int i = 0; i < puts; i++) {
      under.put(prefix + i % 40, LARGE + i);
    }
  }

  /**
   * While the pages are compacted at one revision, the index is compacted at a later one. If the
   * tombstone left with the first, before what it buries leaves with the second, a crash in between
   * would bring the key back.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20})
  void aCrashBetweenTwoCompactionsBringsNoDeletedKeyBack(int rewrites) throws IOException {
    StoreUnderTest under = new StoreUnderTest(SETTINGS);
    try {
      under.put("victim", "alive");
      fill(under, "a", 240);
      long first = under.model().revision();
      under.delete("victim");
      fill(under, "b", 240);
      awaitDurable(under);
      under.history().holdAfterRewrites(1);
      under.compact(first);
      compactIndex(under);
      while (under.history().rewrites() == 0) {
        Thread.onSpinWait();
      }
      under.compact(under.model().revision());
      compactIndex(under);
      under.history().crashAfterRewrites(rewrites);
      under.history().release();
      try {
        finished(under);
      } catch (CompletionException e) {
        assertThat(under.failure()).hasMessage("crashed");
      }
      under.crash(SETTINGS);
      assertThat(under.store().range(ALL)).isEqualTo(under.model().range(ALL));
      assertThat(under.store().rangeIfCheap(RangeQuery.of(KeyRange.single(Bytes.utf8("victim")))))
          .matches(range -> range.count() == 0);
      under.finishCompaction();
      assertThat(under.storedChanges()).isEqualTo(under.model().wanted());
    } finally {
      under.close();
    }
  }

  /** Forty keys are written forty times, five or six changes a page; then each once more. */
  @Test
  void pagesOfWhichNothingIsWantedAreDroppedWithoutBeingRead() throws IOException {
    StoreUnderTest under = new StoreUnderTest(SETTINGS);
    try {
      fill(under, "a", 1600);
      awaitDurable(under);
      int pages = under.history().pages().size();
      assertThat(pages).isGreaterThan(250);
      under.compact(under.model().revision());
      compactIndex(under);
      finished(under);
      assertThat(under.history().reads()).isLessThan(12);
      assertThat(under.storedChanges()).isEqualTo(under.model().wanted()).hasSize(40);
    } finally {
      under.close();
    }
  }

  /** Whatever is written in the middle of the last step may be one small page too many. */
  @Test
  void whatIsWrittenInTheLastStepOfACompactionJoinsNoPagesThatTheStepReplaces() throws IOException {
    StoreUnderTest under = new StoreUnderTest(SETTINGS);
    try {
      for (int i = 0; i < 31; i++) {
        under.put("k" + i % 3, "v" + i);
        under.store().openSnapshot(under.entries()).join().close();
      }
      under.compact(under.model().revision());
      under.store().openSnapshot(under.entries()).join().close();
      under.history().hold();
      compactIndex(under);
      under.history().awaitBlockedWriter();
      under.put("k0", "late");
      under.compact(under.model().revision());
      under.history().release();
      awaitDurable(under);
      compactIndex(under);
      finished(under);
      assertThat(under.failure()).isNull();
      assertThat(under.storedChanges()).isEqualTo(under.model().wanted());
    } finally {
      under.close();
    }
  }

  @Test
  void anInterruptedCompactionGoesOnAfterTheRestart() throws IOException {
    StoreUnderTest under = new StoreUnderTest(SETTINGS);
    try {
      fill(under, "a", 400);
      awaitDurable(under);
      under.compact(under.model().revision());
      under.history().crashAfterRewrites(1);
      compactIndex(under);
      while (under.failure() == null) {
        Thread.onSpinWait();
      }
      assertThat(under.storedChanges()).hasSizeGreaterThan(100);
      under.crash(SETTINGS);
      finished(under);
      assertThat(under.storedChanges()).isEqualTo(under.model().wanted()).hasSize(40);
    } finally {
      under.close();
    }
  }
}
