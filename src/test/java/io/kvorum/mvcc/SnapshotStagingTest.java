package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.ReplicatedLog.Replica;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SnapshotStagingTest {
  private static final Revision START = new Revision(0, 0);
  private static final StoreSettings SETTINGS = new StoreSettings(20_000, 20_000, 1 << 20);

  private final ReplicatedLog log = new ReplicatedLog(new Random(3));
  private final InMemoryHistory receiving = new InMemoryHistory();
  private InMemoryHistory incoming = new InMemoryHistory();
  private Replica sender;
  private Replica receiver;
  private volatile boolean over;

  @BeforeEach
  void openTheStores() throws IOException {
    sender = log.new Replica(new InMemoryHistory(), SETTINGS);
    receiver = log.new Replica(receiving, SETTINGS);
  }

  @AfterEach
  void closeTheStores() throws IOException {
    receiving.release();
    sender.store.close();
    receiver.store.close();
  }

  private void write(int puts, int bytes) {
    for (int i = 0; i < puts; i++) {
      log.put("key" + i % 20, "x".repeat(bytes) + i);
    }
    sender.applyUpTo(log.size());
  }

  private SnapshotStaging transferred(Replica from) throws IOException {
    SnapshotStaging staged = receiver.store.stage(incoming);
    try (StoreSnapshot snapshot = from.openSnapshot(from.applied())) {
      Revision after = staged.begin(snapshot.header());
      for (List<Page> pages = snapshot.pagesAfter(after, 50_000); !pages.isEmpty(); ) {
        staged.add(pages);
        pages = snapshot.pagesAfter(pages.get(pages.size() - 1).first(), 50_000);
      }
    }
    return staged;
  }

  private SnapshotStaging completed(Replica from) throws IOException {
    SnapshotStaging staged = transferred(from);
    staged.complete();
    return staged;
  }

  /** All changes of the sender in pages of so many changes each. */
  private List<Page> repacked(int changesPerPage) throws IOException {
    List<Change> changes = new ArrayList<>();
    try (StoreSnapshot snapshot = sender.openSnapshot(sender.applied())) {
      snapshot
          .pagesAfter(START, Long.MAX_VALUE)
          .forEach(page -> changes.addAll(PageCodec.decode(page.data())));
    }
    List<Page> pages = new ArrayList<>();
    for (int from = 0; from < changes.size(); from += changesPerPage) {
      List<Change> content = changes.subList(from, Math.min(changes.size(), from + changesPerPage));
      pages.add(new Page(content.get(0).revision(), PageCodec.encode(content)));
    }
    return pages;
  }

  private StoreSnapshot.Header header() {
    try (StoreSnapshot snapshot = sender.openSnapshot(sender.applied())) {
      return snapshot.header();
    }
  }

  @Test
  void anEmptyStoreCanTravel() throws IOException {
    log.compact(1);
    sender.applyUpTo(1);
    receiver.install(completed(sender));
    assertThat(receiver.recovered.appliedIndex()).isEqualTo(1);
    assertThat(receiver.store.revision()).isEqualTo(Revision.EMPTY_STORE);
    write(5, 10);
    receiver.applyUpTo(log.size());
    receiver.check();
  }

  @Test
  void anInstalledStoreKnowsThatItWasUntilItGoesOn() throws IOException {
    write(50, 100);
    receiver.install(completed(sender));
    assertThat(receiver.recovered.installedIndex()).isEqualTo(50);
    assertThat(receiver.recovered.appliedIndex()).isEqualTo(50);
    receiver.store.close();
    incoming = incoming.reopen();
    receiver = log.new Replica(incoming, SETTINGS);
    assertThat(receiver.recovered.installedIndex()).isEqualTo(50);
    assertThat(receiver.recovered.appliedIndex()).isEqualTo(50);
    write(10, 100);
    receiver.applyUpTo(60);
    receiver.store.close();
    incoming = incoming.reopen();
    receiver = log.new Replica(incoming, SETTINGS);
    assertThat(receiver.recovered.appliedIndex()).isEqualTo(60);
    assertThat(receiver.recovered.installedIndex()).isEqualTo(50);
    receiver.checkRecovered();
  }

  @Test
  void whatIsAboutTheSendersCopyStaysThere() throws IOException {
    write(50, 100);
    receiver.install(completed(sender));
    write(10, 100);
    receiver.applyUpTo(60);
    Replica third = log.new Replica(new InMemoryHistory(), SETTINGS);
    SnapshotStaging staged = third.store.stage(new InMemoryHistory());
    try (StoreSnapshot snapshot = receiver.openSnapshot(60)) {
      assertThat(snapshot.header().facts()).containsKey("installed");
      staged.begin(snapshot.header());
      staged.add(snapshot.pagesAfter(START, Long.MAX_VALUE));
    }
    staged.complete();
    third.install(staged);
    assertThat(third.recovered.installedIndex()).isEqualTo(60);
    assertThat(third.recovered.facts()).doesNotContainKeys(Facts.COMPACTION_SETTLED, Facts.STAGED);
    third.checkRecovered();
    third.store.close();
  }

  @Test
  void pagesThatComeAgainInOtherPortionsLeaveNoGapAndNoRepeat() throws IOException {
    write(100, 100);
    SnapshotStaging staged = receiver.store.stage(incoming);
    staged.begin(header());
    List<Page> sevens = repacked(7);
    List<Page> fives = repacked(5);
    staged.add(sevens.subList(0, 3));
    staged.add(fives.subList(2, 9));
    staged.add(fives.subList(0, 4));
    staged.add(sevens.subList(1, sevens.size()));
    staged.complete();
    assertThat(storedChanges()).isEqualTo(log.modelAt(100).wanted());
    receiver.install(staged);
    receiver.checkRecovered();
  }

  private List<Change> storedChanges() {
    List<Change> stored = new ArrayList<>();
    incoming.pages().forEach(page -> stored.addAll(PageCodec.decode(page.data())));
    return stored;
  }

  @Test
  void stagingGoesOnAfterTheLastChangeThatIsThere() throws IOException {
    write(100, 100);
    SnapshotStaging staged = receiver.store.stage(incoming);
    assertThat(staged.begin(header())).isEqualTo(START);
    List<Page> pages = repacked(7);
    staged.add(pages.subList(0, 4));
    assertThat(staged.begin(header())).isEqualTo(new Revision(29, 0));
    staged.close();
    staged.close();
    incoming = incoming.reopen();
    staged = receiver.store.stage(incoming);
    assertThat(staged.begin(header())).isEqualTo(new Revision(29, 0));
    staged.add(repacked(11));
    staged.complete();
    receiver.install(staged);
    receiver.checkRecovered();
  }

  @Test
  void whatReachesBeyondAnotherSendersSnapshotIsDropped() throws IOException {
    write(60, 100);
    StoreSnapshot.Header early = header();
    List<Page> earlyPages = repacked(7);
    write(40, 100);
    SnapshotStaging staged = receiver.store.stage(incoming);
    staged.begin(header());
    staged.add(repacked(9));
    Revision last = staged.begin(early);
    assertThat(last.main()).isBetween(50L, 61L);
    staged.add(earlyPages);
    staged.complete();
    receiver.install(staged);
    assertThat(receiver.applied()).isEqualTo(60);
    receiver.checkRecovered();
  }

  @Test
  void aDeletedKeyDoesNotComeBackWhenTheNextSenderHasCompactedWhatBuriedIt() throws IOException {
    log.put("ghost", "x".repeat(30_000));
    write(5, 30_000);
    log.delete("ghost");
    write(5, 30_000);
    log.compact(log.revision() - 1);
    sender.applyUpTo(log.size());
    SnapshotStaging staged = receiver.store.stage(incoming);
    try (StoreSnapshot unsettled = sender.openSnapshot(log.size())) {
      staged.begin(unsettled.header());
      staged.add(unsettled.pagesAfter(START, 1));
    }
    assertThat(storedChanges()).extracting(c -> c.kv().key()).contains(Bytes.utf8("ghost"));
    staged.close();
    sender.finishCompaction();
    receiver.install(completed(sender));
    receiver.checkRecovered();
    RangeQuery ghost = RangeQuery.of(KeyRange.single(Bytes.utf8("ghost")));
    assertThat(receiver.store.range(ghost).kvs()).isEmpty();
  }

  @Test
  void whatWasStagedForAnotherCompactRevisionIsDropped() throws IOException {
    write(60, 100);
    SnapshotStaging staged = receiver.store.stage(incoming);
    staged.begin(header());
    staged.add(repacked(7).subList(0, 5));
    log.compact(50);
    sender.applyUpTo(log.size());
    sender.finishCompaction();
    assertThat(staged.begin(header())).isEqualTo(START);
    assertThat(incoming.pages()).isEmpty();
    staged.add(repacked(7));
    staged.complete();
    receiver.install(staged);
    receiver.checkRecovered();
  }

  @Test
  void aStoreThatWasCompleteAndNeverInstalledIsNoObstacle() throws IOException {
    write(60, 100);
    completed(sender).close();
    incoming = incoming.reopen();
    write(10, 100);
    receiver.install(completed(sender));
    receiver.checkRecovered();
  }

  @Test
  void aStoreWithoutItsEndIsNotComplete() throws IOException {
    write(60, 100);
    SnapshotStaging staged = receiver.store.stage(incoming);
    staged.begin(header());
    List<Page> pages = repacked(7);
    staged.add(pages.subList(0, pages.size() - 1));
    assertThatThrownBy(staged::complete)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ends with revision");
    assertThatThrownBy(() -> receiver.install(staged)).isInstanceOf(IllegalStateException.class);
    staged.begin(header());
    staged.add(pages.subList(pages.size() - 1, pages.size()));
    staged.complete();
    receiver.install(staged);
    receiver.checkRecovered();
  }

  @Test
  void damagedPagesAndPagesThatReachTooFarAreRefused() throws IOException {
    write(60, 100);
    StoreSnapshot.Header early = header();
    write(10, 100);
    List<Page> pages = repacked(7);
    byte[] torn = pages.get(1).data().clone();
    torn[torn.length / 2] ^= 4;
    SnapshotStaging staged = receiver.store.stage(incoming);
    for (List<Page> wrong :
        List.of(
            List.of(pages.get(0), new Page(pages.get(1).first(), torn)),
            List.of(pages.get(0), new Page(pages.get(2).first(), pages.get(1).data())),
            pages)) {
      staged.begin(early);
      assertThatThrownBy(() -> staged.add(wrong)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> staged.add(pages)).isInstanceOf(IllegalStateException.class);
      assertThat(incoming.pages()).isEmpty();
    }
    staged.close();
  }

  @Test
  void whatWasStagedAndIsDamagedIsDropped() throws IOException {
    write(60, 100);
    SnapshotStaging staged = receiver.store.stage(incoming);
    staged.begin(header());
    staged.add(repacked(7).subList(0, 6));
    staged.close();
    incoming = incoming.reopen();
    Page third = incoming.pages().get(2);
    incoming.damage(third.first(), new byte[] {1, 2, 3});
    receiver.install(completed(sender));
    receiver.checkRecovered();
  }

  @Test
  void aStoreThatIsBehindIsNotInstalled() throws IOException {
    write(60, 100);
    SnapshotStaging staged = completed(sender);
    receiver.applyUpTo(60);
    write(1, 10);
    receiver.applyUpTo(61);
    assertThatThrownBy(() -> receiver.install(staged))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("index 60");
    receiver.check();
    staged.close();
    assertThat(incoming.isOpen()).isFalse();
  }

  @Test
  void theFormerHistoryIsClosedAndWhatWasUnwrittenIsDropped() throws IOException {
    write(60, 100);
    receiving.hold();
    receiver.applyUpTo(40);
    receiving.awaitBlockedWriter();
    SnapshotStaging staged = completed(sender);
    receiver.install(staged);
    assertThat(receiver.store.durableIndex()).isEqualTo(60);
    assertThat(receiver.store.formerHistoriesClosed()).isNotDone();
    receiving.release();
    receiver.store.formerHistoriesClosed().orTimeout(20, TimeUnit.SECONDS).join();
    assertThat(receiving.isOpen()).isFalse();
    assertThat(incoming.isOpen()).isTrue();
    staged.close();
    assertThat(incoming.isOpen()).isTrue();
    receiver.checkRecovered();
  }

  @Test
  void aFormerHistoryThatFailsDoesNotStopTheMember() throws IOException {
    write(60, 100);
    receiving.hold();
    receiver.applyUpTo(40);
    receiving.awaitBlockedWriter();
    receiver.install(completed(sender));
    receiving.crash();
    receiver.store.formerHistoriesClosed().orTimeout(20, TimeUnit.SECONDS).join();
    assertThat(receiver.failure.get()).isNull();
    receiver.check();
  }

  @Test
  void whoWaitsIsServedByTheInstalledStore() throws IOException {
    write(60, 100);
    log.compact(50);
    sender.applyUpTo(log.size());
    receiving.hold();
    receiver.applyUpTo(20);
    var snapshot = receiver.store.openSnapshot(61);
    var compacted = receiver.store.compactionFinished(50);
    receiver.install(completed(sender));
    receiving.release();
    snapshot.orTimeout(20, TimeUnit.SECONDS).join().close();
    receiver.finishCompaction();
    compacted.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void aSnapshotOfAStoreThatWasReplacedFails() throws IOException {
    write(60, 1_000);
    receiver.applyUpTo(40);
    StoreSnapshot snapshot = receiver.openSnapshot(40);
    receiver.install(completed(sender));
    receiver.store.formerHistoriesClosed().orTimeout(20, TimeUnit.SECONDS).join();
    assertThatThrownBy(() -> snapshot.pagesAfter(START, 1)).isInstanceOf(IOException.class);
    snapshot.close();
  }

  @Test
  void countersGoOnOverAnInstallation() throws IOException {
    write(60, 1_000);
    receiver.applyUpTo(40);
    StoreStats before = receiver.store.stats();
    receiver.install(completed(sender));
    StoreStats after = receiver.store.stats();
    assertThat(after.puts()).isEqualTo(before.puts()).isEqualTo(40);
    assertThat(after.keys()).isEqualTo(20);
    assertThat(after.ranges()).isEqualTo(before.ranges());
  }

  @Test
  void readersNeverSeeAnythingButFixedRevisionsWhileStoresAreInstalled() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      write(40, 300);
      receiver.applyUpTo(40);
      List<Future<Long>> readers = new ArrayList<>();
      CountDownLatch haveRead = new CountDownLatch(3);
      for (int i = 0; i < 3; i++) {
        Random random = new Random(i);
        readers.add(threads.submit(() -> readUntilOver(receiver.store, random, haveRead)));
      }
      Future<Long> follower = threads.submit(() -> followUntilOver(receiver.store));
      assertThat(haveRead.await(30, TimeUnit.SECONDS)).isTrue();
      for (int round = 0; round < 40; round++) {
        incoming = new InMemoryHistory();
        write(50, 300);
        receiver.applyUpTo(receiver.applied() + 20);
        receiver.install(completed(sender));
      }
      over = true;
      for (Future<Long> reader : readers) {
        assertThat(reader.get(30, TimeUnit.SECONDS)).isPositive();
      }
      assertThat(follower.get(30, TimeUnit.SECONDS)).isEqualTo(receiver.store.revision());
      receiver.checkRecovered();
      receiver.store.formerHistoriesClosed().orTimeout(20, TimeUnit.SECONDS).join();
    } finally {
      over = true;
      threads.shutdownNow();
    }
  }

  /**
   * Nothing is compacted here, so what was at a revision stays; each has one change.
   *
   * @param haveRead counted down at the first read
   */
  private Long readUntilOver(MvccStore store, Random random, CountDownLatch haveRead) {
    long reads = 0;
    long seen = 0;
    while (!over) {
      Result.Range now = store.range(RangeQuery.of(KeyRange.all()));
      assertThat(now.revision()).isGreaterThanOrEqualTo(seen);
      seen = now.revision();
      long newest = now.kvs().stream().mapToLong(KeyValue::modRevision).max().orElse(0);
      assertThat(newest).isEqualTo(now.revision());
      long pinned = 2 + random.nextInt((int) seen - 1);
      RangeQuery old = RangeQuery.of(KeyRange.all()).atRevision(pinned);
      assertThat(store.range(old).kvs()).isEqualTo(store.range(old).kvs());
      KeyValue kv = now.kvs().get(random.nextInt(now.kvs().size()));
      KeyValue before = store.versionBefore(kv.key(), kv.modRevision());
      if (kv.version() > 1) {
        assertThat(before.version()).isEqualTo(kv.version() - 1);
      }
      if (reads++ == 0) {
        haveRead.countDown();
      }
    }
    return reads;
  }

  private Long followUntilOver(MvccStore store) {
    long next = 2;
    while (!over || next <= store.revision()) {
      MvccStore.Changes changes = store.changesFrom(next, 20, 10_000);
      for (Change change : changes.changes()) {
        assertThat(change.kv().modRevision()).isEqualTo(next++);
      }
      assertThat(changes.lastRevision()).isEqualTo(next - 1);
    }
    return next - 1;
  }

  @Test
  void installingInTheMiddleOfATransactionIsRefused() throws IOException {
    write(20, 100);
    SnapshotStaging staged = completed(sender);
    WriteTxn txn = receiver.writer.begin();
    assertThatThrownBy(() -> receiver.writer.install(staged))
        .isInstanceOf(IllegalStateException.class);
    txn.finish();
    receiver.writer.commit(0, 0, Map.of());
    receiver.install(staged);
    receiver.checkRecovered();
  }
}
