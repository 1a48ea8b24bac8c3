package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.ReplicatedLog.Replica;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StoreSnapshotTest {
  private static final Revision START = new Revision(0, 0);
  private static final StoreSettings SETTINGS = new StoreSettings(20_000, 20_000, 1 << 20);

  private final ReplicatedLog log = new ReplicatedLog(new Random(3));
  private final InMemoryHistory history = new InMemoryHistory();
  private Replica replica;

  @BeforeEach
  void openTheStore() throws IOException {
    replica = log.new Replica(history, SETTINGS);
  }

  @AfterEach
  void closeTheStore() throws IOException {
    history.release();
    replica.store.close();
  }

  private void write(int puts, int bytes) {
    for (int i = 0; i < puts; i++) {
      log.put("key" + i % 20, "x".repeat(bytes) + i);
    }
    replica.applyUpTo(log.size());
  }

  private static List<RevisionHistory.Page> allPages(StoreSnapshot snapshot, long maxBytes)
      throws IOException {
    List<RevisionHistory.Page> all = new ArrayList<>();
    List<RevisionHistory.Page> pages = snapshot.pagesAfter(START, maxBytes);
    while (!pages.isEmpty()) {
      all.addAll(pages);
      pages = snapshot.pagesAfter(pages.get(pages.size() - 1).first(), maxBytes);
    }
    return all;
  }

  private static List<Change> changesIn(List<RevisionHistory.Page> pages) {
    List<Change> changes = new ArrayList<>();
    pages.forEach(page -> changes.addAll(PageCodec.decode(page.data())));
    return changes;
  }

  @Test
  void aSnapshotOfANewStoreIsEmpty() throws IOException {
    try (StoreSnapshot snapshot = replica.openSnapshot(0)) {
      assertThat(snapshot.header().index()).isZero();
      assertThat(snapshot.header().revision()).isEqualTo(Revision.EMPTY_STORE);
      assertThat(snapshot.header().compactedRevision()).isEqualTo(Revision.NEVER_COMPACTED);
      assertThat(snapshot.header().bytes()).isZero();
      assertThat(snapshot.pagesAfter(START, 1_000)).isEmpty();
    }
  }

  @Test
  void theHeaderSaysWhatThePagesHold() throws IOException {
    write(200, 1_000);
    try (StoreSnapshot snapshot = replica.openSnapshot(200)) {
      StoreSnapshot.Header header = snapshot.header();
      assertThat(header.index()).isEqualTo(200);
      assertThat(header.term()).isEqualTo(ReplicatedLog.TERM);
      assertThat(header.revision()).isEqualTo(201);
      assertThat(header.facts()).containsAllEntriesOf(ReplicatedLog.factsAt(200));
      assertThat(header.facts()).containsEntry("revision", Facts.of(201));
      List<RevisionHistory.Page> pages = allPages(snapshot, 50_000);
      assertThat(changesIn(pages)).isEqualTo(log.modelAt(200).wanted());
      assertThat(header.bytes()).isEqualTo(pages.stream().mapToLong(p -> p.data().length).sum());
    }
  }

  @Test
  void aSnapshotWaitsUntilTheIndexIsDurable() {
    history.hold();
    write(10, 100);
    CompletableFuture<StoreSnapshot> opened = replica.store.openSnapshot(10);
    assertThat(replica.store.durableIndex()).isLessThan(10);
    assertThat(opened).isNotDone();
    history.release();
    try (StoreSnapshot snapshot = opened.orTimeout(20, TimeUnit.SECONDS).join()) {
      assertThat(snapshot.header().index()).isEqualTo(10);
    }
  }

  @Test
  void aSnapshotOfAnIndexThatIsNotWrittenYetWaitsForIt() {
    CompletableFuture<StoreSnapshot> opened = replica.store.openSnapshot(30);
    write(29, 100);
    replica.awaitDurable();
    assertThat(opened).isNotDone();
    write(1, 100);
    try (StoreSnapshot snapshot = opened.orTimeout(20, TimeUnit.SECONDS).join()) {
      assertThat(snapshot.header().index()).isEqualTo(30);
    }
  }

  @Test
  void whatIsWrittenLaterIsNotInTheSnapshot() throws IOException {
    write(50, 1_000);
    try (StoreSnapshot snapshot = replica.openSnapshot(50)) {
      List<RevisionHistory.Page> first = snapshot.pagesAfter(START, 1);
      assertThat(first).hasSize(1);
      for (int i = 0; i < 100; i++) {
        write(5, 1_000);
        replica.awaitDurable();
      }
      List<RevisionHistory.Page> all = new ArrayList<>(first);
      all.addAll(snapshot.pagesAfter(first.get(0).first(), Long.MAX_VALUE));
      assertThat(changesIn(all)).isEqualTo(log.modelAt(50).wanted());
    }
  }

  @Test
  void pagesStayAsTheyAreUntilTheLastSnapshotIsClosed() throws IOException {
    write(300, 1_000);
    StoreSnapshot one = replica.openSnapshot(300);
    StoreSnapshot other = replica.openSnapshot(300);
    List<RevisionHistory.Page> before = history.pages();
    int rewrites = history.rewrites();
    log.compact(280);
    replica.applyUpTo(log.size());
    while (replica.writer.compactSlice()) {
      Thread.onSpinWait();
    }
    CompletableFuture<Void> compacted = replica.store.compactionFinished(280);
    for (int i = 0; i < 100; i++) {
      write(1, 10);
      replica.awaitDurable();
    }
    one.close();
    one.close();
    write(1, 10);
    replica.awaitDurable();
    assertThat(history.rewrites()).isEqualTo(rewrites);
    assertThat(compacted).isNotDone();
    assertThat(allPages(other, 30_000))
        .extracting(RevisionHistory.Page::first)
        .containsExactlyElementsOf(before.stream().map(RevisionHistory.Page::first).toList());
    other.close();
    compacted.orTimeout(20, TimeUnit.SECONDS).join();
    assertThat(history.rewrites()).isGreaterThan(rewrites);
    replica.check();
  }

  @Test
  void aClosedSnapshotGivesNoPages() throws IOException {
    write(50, 1_000);
    StoreSnapshot snapshot = replica.openSnapshot(50);
    snapshot.close();
    assertThatThrownBy(() -> snapshot.pagesAfter(START, 1_000)).isInstanceOf(IOException.class);
  }

  @Test
  void aCancelledSnapshotHoldsUpNoCompaction() {
    history.hold();
    write(100, 1_000);
    CompletableFuture<StoreSnapshot> opened = replica.store.openSnapshot(100);
    opened.cancel(false);
    history.release();
    log.compact(90);
    replica.applyUpTo(log.size());
    replica.finishCompaction();
    assertThat(opened).isCancelled();
  }

  @Test
  void aPendingSnapshotFailsWithStoppedWhenTheStoreIsClosed() throws IOException {
    CompletableFuture<StoreSnapshot> opened = replica.store.openSnapshot(1_000);
    replica.store.close();
    for (CompletableFuture<StoreSnapshot> future : List.of(opened, replica.store.openSnapshot(0))) {
      assertThatThrownBy(() -> future.orTimeout(20, TimeUnit.SECONDS).join())
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(RequestException.class)
          .extracting(e -> ((RequestException) e.getCause()).code())
          .isEqualTo(ErrorCode.STOPPED);
    }
  }

  @Test
  void pagesBeginWithTheOneThatMayHoldTheChangeAfterTheLastOneOfTheReceiver() throws IOException {
    write(300, 1_000);
    List<Change> all = log.modelAt(300).wanted();
    Random random = new Random(9);
    for (int i = 0; i < 30; i++) {
      try (StoreSnapshot snapshot = replica.openSnapshot(300)) {
        Change last = all.get(random.nextInt(all.size()));
        List<Change> found = changesIn(snapshot.pagesAfter(last.revision(), Long.MAX_VALUE));
        assertThat(found).contains(last);
        assertThat(found).isEqualTo(all.subList(all.size() - found.size(), all.size()));
        assertThat(found.indexOf(last)).isLessThan(40);
      }
    }
  }

  @Test
  void aStoreIsSettledWhenNothingIsLeftThatItsCompactionDrops() {
    write(300, 1_000);
    assertThat(isSettled()).isTrue();
    log.compact(200);
    replica.applyUpTo(log.size());
    assertThat(isSettled()).isFalse();
    try (StoreSnapshot pin = replica.openSnapshot(log.size())) {
      while (replica.writer.compactSlice()) {
        Thread.onSpinWait();
      }
      assertThat(isSettled()).isFalse();
    }
    replica.finishCompaction();
    assertThat(isSettled()).isTrue();
  }

  private boolean isSettled() {
    try (StoreSnapshot snapshot = replica.openSnapshot(log.size())) {
      StoreSnapshot.Header header = snapshot.header();
      return Facts.is(header.facts(), Facts.COMPACTION_SETTLED, header.compactedRevision());
    }
  }
}
