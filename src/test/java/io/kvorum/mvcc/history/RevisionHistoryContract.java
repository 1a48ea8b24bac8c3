package io.kvorum.mvcc.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory.Batch;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import io.kvorum.mvcc.history.RevisionHistory.Recovered;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every revision history must do; one subclass per implementation. */
public abstract class RevisionHistoryContract {
  private RevisionHistory history;

  /** A history that is not open yet, on the storage of this test: the same at each call. */
  protected abstract RevisionHistory onStorageOfThisTest() throws Exception;

  /** Ends the history as a crash would: what was committed must not be lost. */
  protected void crash(RevisionHistory crashed) throws Exception {
    crashed.close();
  }

  private Recovered open() throws Exception {
    history = onStorageOfThisTest();
    return history.open();
  }

  private Recovered crashAndReopen() throws Exception {
    crash(history);
    return open();
  }

  @AfterEach
  void closeTheHistory() throws IOException {
    if (history != null) {
      history.close();
    }
  }

  protected static Page page(long main, int sub, int bytes) {
    return page(main, sub, bytes, 0);
  }

  private static Page page(long main, int sub, int bytes, int generation) {
    byte[] data = new byte[bytes];
    new Random(main * 1_000 + sub * 10L + generation).nextBytes(data);
    return new Page(new Revision(main, sub), data);
  }

  private static Batch batch(long index, Page... pages) {
    return new Batch(index, 1, List.of(pages), Map.of());
  }

  private List<Page> scan() throws IOException {
    List<Page> pages = new ArrayList<>();
    history.scan(pages::add);
    return pages;
  }

  private static void assertSame(List<Page> found, Page... expected) {
    assertThat(found).extracting(Page::first).containsExactlyElementsOf(firsts(expected));
    for (int at = 0; at < expected.length; at++) {
      assertThat(found.get(at).data()).isEqualTo(expected[at].data());
    }
  }

  private static List<Revision> firsts(Page... pages) {
    return List.of(pages).stream().map(Page::first).toList();
  }

  @Test
  void aNewHistoryIsEmpty() throws Exception {
    Recovered recovered = open();
    assertThat(recovered.appliedIndex()).isZero();
    assertThat(recovered.appliedTerm()).isZero();
    assertThat(recovered.facts()).isEmpty();
    assertThat(scan()).isEmpty();
    assertThat(history.readPage(new Revision(2, 0))).isNull();
  }

  @Test
  void aBatchIsDurableWhenItReturns() throws Exception {
    open();
    Page first = page(2, 0, 500);
    Page second = page(9, 0, 24_000);
    history.append(new Batch(7, 3, List.of(first, second), Map.of("a", Bytes.utf8("one"))));
    Recovered recovered = crashAndReopen();
    assertThat(recovered.appliedIndex()).isEqualTo(7);
    assertThat(recovered.appliedTerm()).isEqualTo(3);
    assertThat(recovered.facts()).containsExactly(Map.entry("a", Bytes.utf8("one")));
    assertSame(scan(), first, second);
    assertThat(history.readPage(first.first())).isEqualTo(first.data());
    assertThat(history.readPage(second.first())).isEqualTo(second.data());
  }

  @Test
  void aBatchWithoutPagesMovesTheIndex() throws Exception {
    open();
    history.append(batch(5));
    assertThat(crashAndReopen().appliedIndex()).isEqualTo(5);
  }

  @Test
  void pagesComeInTheOrderOfTheirFirstRevision() throws Exception {
    open();
    Page a = page(2, 0, 100);
    Page b = page(300, 0, 100);
    Page c = page(300, 7, 100);
    Page d = page(4_000_000_000L, 0, 100);
    history.append(batch(1, a, b));
    history.append(batch(2, c, d));
    crashAndReopen();
    assertSame(scan(), a, b, c, d);
  }

  @Test
  void pagesOfAllSizesComeBackAsTheyWere() throws Exception {
    open();
    int[] sizes = {1, 100, 4_000, 24_576, 32_600, 40_000, 1_000_000, 5_000_000};
    Page[] pages = new Page[sizes.length];
    for (int at = 0; at < sizes.length; at++) {
      pages[at] = page(at + 2, 0, sizes[at]);
      history.append(batch(at + 1, pages[at]));
    }
    crashAndReopen();
    assertSame(scan(), pages);
  }

  @Test
  void factsAreSetChangedAndRemoved() throws Exception {
    open();
    history.append(new Batch(1, 1, List.of(), Map.of("a", Bytes.utf8("1"), "b", Bytes.utf8("2"))));
    Map<String, Bytes> changes = new HashMap<>();
    changes.put("a", Bytes.utf8("changed"));
    changes.put("b", null);
    changes.put("c", Bytes.EMPTY);
    changes.put("never there", null);
    history.append(new Batch(2, 1, List.of(), changes));
    assertThat(crashAndReopen().facts())
        .containsOnly(Map.entry("a", Bytes.utf8("changed")), Map.entry("c", Bytes.EMPTY));
  }

  @Test
  void aLargeFactComesBackAsItWas() throws Exception {
    open();
    Bytes large = Bytes.wrap(page(1, 0, 500_000).data());
    history.append(new Batch(1, 1, List.of(), Map.of("large", large)));
    assertThat(crashAndReopen().facts()).containsOnly(Map.entry("large", large));
  }

  @Test
  void theFactsCanBeReadAtAnyTime() throws Exception {
    open();
    assertThat(history.facts()).isEmpty();
    history.append(new Batch(1, 1, List.of(), Map.of("a", Bytes.utf8("1"), "b", Bytes.EMPTY)));
    assertThat(history.facts())
        .containsOnly(Map.entry("a", Bytes.utf8("1")), Map.entry("b", Bytes.EMPTY));
    Map<String, Bytes> removal = new HashMap<>();
    removal.put("a", null);
    history.append(new Batch(2, 1, List.of(page(2, 0, 100)), removal));
    assertThat(history.facts()).containsOnly(Map.entry("b", Bytes.EMPTY));
    crashAndReopen();
    assertThat(history.facts()).containsOnly(Map.entry("b", Bytes.EMPTY));
  }

  @Test
  void aClearedHistoryIsLikeANewOne() throws Exception {
    open();
    Page[] pages = new Page[50];
    for (int at = 0; at < pages.length; at++) {
      pages[at] = page(at + 2, 0, 24_000);
    }
    history.append(new Batch(9, 3, List.of(pages), Map.of("a", Bytes.utf8("1"))));
    assertThat(history.readPage(pages[7].first())).isNotNull();
    history.clear();
    assertThat(history.readPage(pages[7].first())).isNull();
    assertThat(history.facts()).isEmpty();
    assertThat(scan()).isEmpty();
    Recovered recovered = crashAndReopen();
    assertThat(recovered.appliedIndex()).isZero();
    assertThat(recovered.appliedTerm()).isZero();
    assertThat(recovered.facts()).isEmpty();
    assertThat(scan()).isEmpty();
    history.clear();
    history.append(new Batch(4, 1, List.of(pages[7]), Map.of("b", Bytes.utf8("2"))));
    history.rewrite(List.of(pages[7].first()), List.of(pages[8]));
    recovered = crashAndReopen();
    assertThat(recovered.appliedIndex()).isEqualTo(4);
    assertThat(recovered.facts()).containsOnly(Map.entry("b", Bytes.utf8("2")));
    assertSame(scan(), pages[8]);
  }

  @Test
  void pagesCanBeScannedBetweenBatches() throws Exception {
    open();
    Page a = page(2, 0, 1_000);
    Page b = page(9, 0, 1_000);
    history.append(batch(1, a));
    assertSame(scan(), a);
    history.append(batch(2, b));
    assertSame(scan(), a, b);
  }

  @Test
  void rewritingReplacesPages() throws Exception {
    open();
    Page a = page(2, 0, 1_000);
    Page b = page(50, 0, 24_000);
    Page c = page(90, 0, 24_000);
    history.append(batch(4, a, b, c));
    Page merged = page(2, 0, 3_000, 1);
    history.rewrite(List.of(a.first(), b.first()), List.of(merged));
    assertThat(history.readPage(a.first())).isEqualTo(merged.data());
    assertThat(history.readPage(b.first())).isNull();
    Recovered recovered = crashAndReopen();
    assertThat(recovered.appliedIndex()).isEqualTo(4);
    assertSame(scan(), merged, c);
  }

  @Test
  void rewritingAPageThatIsNotThereChangesNothing() throws Exception {
    open();
    Page a = page(2, 0, 1_000);
    Page b = page(9, 0, 1_000);
    Page merged = page(2, 0, 2_000, 1);
    history.append(batch(4, a));
    assertThatThrownBy(() -> history.rewrite(List.of(a.first(), b.first()), List.of(merged)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not there");
    crashAndReopen();
    assertSame(scan(), a);
  }

  @Test
  void rewritingCanRemoveEverything() throws Exception {
    open();
    Page a = page(2, 0, 1_000);
    history.append(batch(4, a));
    history.rewrite(List.of(a.first()), List.of());
    crashAndReopen();
    assertThat(scan()).isEmpty();
  }

  @Test
  void appendingGoesOnAfterRewriteAndRelease() throws Exception {
    open();
    Page[] pages = new Page[100];
    for (int at = 0; at < pages.length; at++) {
      pages[at] = page(at + 2, 0, 24_000);
    }
    history.append(new Batch(1, 1, List.of(pages), Map.of()));
    history.rewrite(firsts(pages), List.of());
    history.releaseFreeSpace();
    Page next = page(500, 0, 24_000);
    history.append(batch(2, next));
    assertThat(history.readPage(next.first())).isEqualTo(next.data());
    crashAndReopen();
    assertSame(scan(), next);
  }

  @Test
  void theAllocatedSizeGrowsWithThePagesAndShrinksWithoutThem() throws Exception {
    open();
    Page[] pages = new Page[600];
    for (int at = 0; at < pages.length; at++) {
      pages[at] = page(at + 2, 0, 24_000);
    }
    history.append(new Batch(1, 1, List.of(pages), Map.of()));
    crashAndReopen();
    long full = history.allocatedBytes();
    assertThat(full).isBetween(600L * 24_000, 3 * 600L * 24_000);
    history.rewrite(firsts(pages), List.of());
    history.releaseFreeSpace();
    crashAndReopen();
    assertThat(history.allocatedBytes()).isLessThan(full / 2);
  }

  @Test
  void readersSeeAPageBeforeOrAfterItsRewriteAndNothingInBetween() throws Exception {
    open();
    int pages = 8;
    List<Page> originals = new ArrayList<>();
    for (int at = 0; at < pages; at++) {
      originals.add(page(at + 2, 0, 24_000, 0));
    }
    history.append(new Batch(1, 1, originals, Map.of()));
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService readers = Executors.newFixedThreadPool(4);
    try {
      List<Future<Integer>> running = new ArrayList<>();
      for (int reader = 0; reader < 4; reader++) {
        Random random = new Random(reader);
        running.add(readers.submit(() -> readUntil(over, random, pages)));
      }
      for (int generation = 1; generation < 60; generation++) {
        List<Page> added = new ArrayList<>();
        for (Page page : originals) {
          added.add(page(page.first().main(), 0, 24_000 - generation, generation));
        }
        history.rewrite(originals.stream().map(Page::first).toList(), added);
        history.append(batch(1 + generation, page(1_000 + generation, 0, 24_000)));
      }
      over.set(true);
      for (Future<Integer> future : running) {
        assertThat(future.get()).isPositive();
      }
    } finally {
      over.set(true);
      readers.shutdownNow();
    }
  }

  private int readUntil(AtomicBoolean over, Random random, int pages) throws IOException {
    int reads = 0;
    while (!over.get() || reads == 0) {
      Revision first = new Revision(2 + random.nextInt(pages), 0);
      byte[] data = history.readPage(first);
      assertThat(data).isNotNull();
      int generation = 24_000 - data.length;
      assertThat(data).isEqualTo(page(first.main(), 0, data.length, generation).data());
      reads++;
    }
    return reads;
  }

  @Test
  void closingTwiceIsHarmless() throws Exception {
    open();
    history.close();
    history.close();
  }
}
