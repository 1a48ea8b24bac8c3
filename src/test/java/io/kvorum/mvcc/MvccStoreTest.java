package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.Projection;
import io.kvorum.model.RangeQuery.SortOrder;
import io.kvorum.model.RangeQuery.SortTarget;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class MvccStoreTest {
  private static final StoreSettings AMPLE = new StoreSettings(1 << 24, 1 << 20, 1 << 26);
  private static final StoreSettings NO_CACHE = new StoreSettings(0, 0, 1 << 26);
  private static final Bytes A = Bytes.utf8("a");
  private static final Bytes B = Bytes.utf8("b");

  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private InMemoryHistory history = new InMemoryHistory();
  private MvccStore store;
  private StoreWriter writer;
  private MvccStore.Recovered recovered;
  private long index;

  @BeforeEach
  void open() throws IOException {
    open(AMPLE);
  }

  @AfterEach
  void close() throws IOException {
    history.release();
    store.close();
  }

  private void open(StoreSettings settings) throws IOException {
    store = new MvccStore(history, settings, failures::add);
    MvccStore.Opened opened = store.open();
    writer = opened.writer();
    recovered = opened.recovered();
    index = recovered.appliedIndex();
  }

  private void reopen(StoreSettings settings) throws IOException {
    store.close();
    history = history.reopen();
    open(settings);
  }

  private List<Event> put(Bytes key, String value) {
    return put(key, Bytes.utf8(value), 0);
  }

  private List<Event> put(Bytes key, Bytes value, long lease) {
    WriteTxn txn = writer.begin();
    txn.put(key, value, lease);
    List<Event> events = txn.finish();
    commit();
    return events;
  }

  private List<Event> delete(Bytes key) {
    WriteTxn txn = writer.begin();
    txn.deleteRange(KeyRange.single(key), false);
    List<Event> events = txn.finish();
    commit();
    return events;
  }

  private void compact(long revision) {
    writer.compact(revision);
    commit();
  }

  private void commit() {
    writer.commit(++index, 3, Map.of());
  }

  private KeyValue get(Bytes key) {
    List<KeyValue> kvs = store.range(RangeQuery.of(KeyRange.single(key))).kvs();
    return kvs.isEmpty() ? null : kvs.get(0);
  }

  private void finishCompaction(long revision) {
    while (writer.compactSlice()) {
      Thread.onSpinWait();
    }
    store.compactionFinished(revision).orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static void assertCode(Runnable action, ErrorCode code) {
    assertThatThrownBy(action::run)
        .isInstanceOfSatisfying(RequestException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void anEmptyStoreIsAtRevisionOneAndWasNeverCompacted() {
    assertThat(store.revision()).isEqualTo(1);
    assertThat(store.compactedRevision()).isEqualTo(-1);
    assertThat(store.range(RangeQuery.of(KeyRange.all())))
        .isEqualTo(new Result.Range(1, List.of(), false, 0));
    assertThat(store.changesFrom(1, 10, 1000).changes()).isEmpty();
    assertThat(store.durableIndex()).isZero();
  }

  @Test
  void theFirstWriteMakesRevisionTwo() {
    List<Event> events = put(A, "1");
    KeyValue kv = new KeyValue(A, Bytes.utf8("1"), 2, 2, 1, 0);
    assertThat(events).containsExactly(new Event(kv, null));
    assertThat(get(A)).isEqualTo(kv);
    assertThat(store.revision()).isEqualTo(2);
  }

  @Test
  void anEventCarriesTheVersionBeforeWhenItIsInMemory() {
    put(A, "1");
    KeyValue first = get(A);
    assertThat(put(A, "2").get(0).prevKv()).isEqualTo(first);
    KeyValue second = get(A);
    Event deletion = delete(A).get(0);
    assertThat(deletion.isDelete()).isTrue();
    assertThat(deletion.prevKv()).isEqualTo(second);
    assertThat(put(A, "3").get(0).prevKv()).isNull();
  }

  @Test
  void aTransactionThatWritesNothingMakesNoRevision() {
    put(A, "1");
    WriteTxn txn = writer.begin();
    assertThat(txn.deleteRange(KeyRange.single(B), true).keys()).isEmpty();
    assertThat(txn.revision()).isEqualTo(2);
    assertThat(txn.finish()).isEmpty();
    commit();
    assertThat(store.revision()).isEqualTo(2);
  }

  @Test
  void aTransactionSeesItsOwnWritesAndOthersDoNotUntilTheCommit() {
    WriteTxn txn = writer.begin();
    txn.put(A, Bytes.utf8("1"), 0);
    assertThat(txn.range(RangeQuery.of(KeyRange.all())).kvs()).hasSize(1);
    assertThat(txn.get(A).version()).isEqualTo(1);
    assertThat(get(A)).isNull();
    txn.finish();
    assertThat(get(A)).isNull();
    WriteTxn next = writer.begin();
    assertThat(next.exists(A)).isTrue();
    assertThat(next.writeRevision()).isEqualTo(3);
    next.put(A, Bytes.utf8("2"), 0);
    next.finish();
    commit();
    assertThat(get(A).version()).isEqualTo(2);
    assertThat(store.revision()).isEqualTo(3);
  }

  @Test
  void aFinishedTransactionTakesNoMoreWrites() {
    WriteTxn txn = writer.begin();
    txn.finish();
    assertThatThrownBy(() -> txn.put(A, B, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(txn::finish).isInstanceOf(IllegalStateException.class);
    writer.begin();
    assertThatThrownBy(writer::begin).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void readsOutsideTheKnownRevisionsAreRefused() {
    put(A, "1");
    put(A, "2");
    put(A, "3");
    compact(3);
    RangeQuery query = RangeQuery.of(KeyRange.single(A));
    assertCode(() -> store.range(query.atRevision(2)), ErrorCode.COMPACTED);
    assertThat(store.range(query.atRevision(3)).kvs().get(0).value()).isEqualTo(Bytes.utf8("2"));
    assertCode(() -> store.range(query.atRevision(5)), ErrorCode.FUTURE_REVISION);
    assertCode(() -> store.changesFrom(2, 10, 1000), ErrorCode.COMPACTED);
    assertThat(store.changesFrom(3, 10, 1000).changes()).hasSize(2);
    assertCode(() -> writer.compact(3), ErrorCode.COMPACTED);
    assertCode(() -> writer.compact(5), ErrorCode.FUTURE_REVISION);
  }

  @Test
  void aCompactionIsSeenByLaterTransactionsOfItsEntryButByReadersOnlyAfterTheCommit() {
    put(A, "1");
    put(A, "2");
    RangeQuery old = RangeQuery.of(KeyRange.single(A)).atRevision(2);
    writer.compact(3);
    assertThat(store.range(old).kvs()).hasSize(1);
    WriteTxn txn = writer.begin();
    assertCode(() -> txn.range(old), ErrorCode.COMPACTED);
    txn.finish();
    commit();
    assertCode(() -> store.range(old), ErrorCode.COMPACTED);
  }

  @Test
  void countsAndKeysNeverReadAPage() throws IOException {
    put(A, "1");
    put(B, "2");
    reopen(NO_CACHE);
    for (RevisionHistory.Page page : history.pages()) {
      history.damage(page.first(), new byte[10]);
    }
    RangeQuery all = RangeQuery.of(KeyRange.all());
    assertThat(store.range(all.withProjection(Projection.COUNT_ONLY)).count()).isEqualTo(2);
    assertThat(store.range(all.withProjection(Projection.KEYS_ONLY)).kvs())
        .containsExactly(
            new KeyValue(A, Bytes.EMPTY, 2, 2, 1, 0), new KeyValue(B, Bytes.EMPTY, 3, 3, 1, 0));
    assertThatThrownBy(() -> store.range(all)).hasMessageContaining("page");
    assertThat(store.rangeIfCheap(all)).isNull();
  }

  @Test
  void theVersionBeforeAChangeIsThatBeforeItsTransaction() {
    put(A, "1");
    WriteTxn txn = writer.begin();
    txn.put(A, B, 0);
    txn.deleteRange(KeyRange.single(A), true);
    List<Event> events = txn.finish();
    commit();
    assertThat(events.get(0).prevKv().value()).isEqualTo(Bytes.utf8("1"));
    assertThat(events.get(1).isDelete()).isTrue();
    assertThat(events.get(1).prevKv()).as("it is looked up").isNull();
    assertThat(store.versionBefore(A, 3).value()).isEqualTo(Bytes.utf8("1"));
  }

  /** As in etcd: its index knows no leases, and it reads what it sorts by. */
  @Test
  void keysAloneHaveTheirLeasesOnlyWhereTheyAreSortedByTheirValues() {
    WriteTxn txn = writer.begin();
    txn.put(A, B, 7);
    txn.finish();
    commit();
    for (KeyRange range : List.of(KeyRange.single(A), KeyRange.all())) {
      RangeQuery keys = RangeQuery.of(range).withProjection(Projection.KEYS_ONLY);
      assertThat(store.range(keys).kvs()).containsExactly(new KeyValue(A, Bytes.EMPTY, 2, 2, 1, 0));
      assertThat(store.range(sorted(keys, RangeQuery.SortTarget.MOD)).kvs())
          .containsExactly(new KeyValue(A, Bytes.EMPTY, 2, 2, 1, 0));
      assertThat(store.range(sorted(keys, RangeQuery.SortTarget.VALUE)).kvs())
          .containsExactly(new KeyValue(A, Bytes.EMPTY, 2, 2, 1, 7));
    }
  }

  private static RangeQuery sorted(RangeQuery query, RangeQuery.SortTarget target) {
    return new RangeQuery(
        query.range(),
        query.revision(),
        query.limit(),
        target,
        RangeQuery.SortOrder.DESCEND,
        query.bounds(),
        query.projection());
  }

  @Test
  void aCheapRangeGivesUpWhenThereAreManyKeys() {
    WriteTxn txn = writer.begin();
    for (int i = 0; i < 17; i++) {
      txn.put(Bytes.utf8("k" + i), B, 0);
    }
    txn.finish();
    commit();
    assertThat(store.rangeIfCheap(RangeQuery.of(KeyRange.all()))).isNull();
    assertThat(store.rangeIfCheap(RangeQuery.of(KeyRange.single(Bytes.utf8("k3")))).kvs())
        .hasSize(1);
    assertThat(store.range(RangeQuery.of(KeyRange.all())).count()).isEqualTo(17);
  }

  @Test
  void aTransactionCountsWhatItHasWrittenBetweenTwoPages() {
    WriteTxn txn = writer.begin();
    for (int i = 0; i < 6; i++) {
      txn.put(Bytes.utf8("k" + i), B, 0);
    }
    RangeQuery first = RangeQuery.of(KeyRange.all()).withLimit(2);
    RangeQuery second = RangeQuery.of(new KeyRange(Bytes.utf8("k1").successor(), Bytes.EMPTY));
    assertThat(txn.range(first).count()).isEqualTo(6);
    txn.put(Bytes.utf8("k9"), B, 0);
    assertThat(txn.range(second.withLimit(2)).count()).isEqualTo(5);
    txn.finish();
    commit();
    assertThat(store.range(first).count()).isEqualTo(7);
    put(Bytes.utf8("k8"), "later");
    assertThat(store.range(second.withLimit(2)).count()).isEqualTo(6);
    assertThat(store.range(second.withLimit(2).atRevision(2)).count()).isEqualTo(5);
  }

  @Test
  void closingWritesEverythingAndOpeningFindsIt() throws IOException {
    put(A, Bytes.utf8("1"), 77);
    put(B, Bytes.utf8("2"), 78);
    put(A, "3");
    delete(B);
    put(B, Bytes.utf8("4"), 79);
    writer.commit(++index, 3, Map.of("cluster", B));
    compact(4);
    reopen(NO_CACHE);
    assertThat(recovered.appliedIndex()).isEqualTo(7);
    assertThat(recovered.appliedTerm()).isEqualTo(3);
    assertThat(recovered.facts()).containsEntry("cluster", B);
    assertThat(recovered.leaseOfKey()).isEqualTo(Map.of(B, 79L));
    assertThat(store.durableIndex()).isEqualTo(7);
    assertThat(store.revision()).isEqualTo(6);
    assertThat(store.compactedRevision()).isEqualTo(4);
    assertThat(get(A)).isEqualTo(new KeyValue(A, Bytes.utf8("3"), 2, 4, 2, 0));
    assertThat(get(B)).isEqualTo(new KeyValue(B, Bytes.utf8("4"), 6, 6, 1, 79));
    assertThat(store.stats().keys()).isEqualTo(2);
  }

  @Test
  void theTombstoneExactlyAtTheCompactRevisionStaysOnDiskUntilTheNextCompaction()
      throws IOException {
    put(A, "1");
    delete(A);
    put(B, "2");
    compact(3);
    finishCompaction(3);
    reopen(AMPLE);
    assertThat(store.changesFrom(3, 10, 1000).changes())
        .extracting(change -> change.kv())
        .containsExactly(KeyValue.tombstone(A, 3), get(B));
    compact(4);
    finishCompaction(4);
    assertThat(store.changesFrom(4, 10, 1000).changes()).hasSize(1);
    assertThat(PageCodec.decode(history.pages().get(0).data())).hasSize(1);
    assertThat(history.pages().get(0).first()).isEqualTo(new Revision(4, 0));
  }

  @Test
  void compactionGivesBackMemoryAndDisk() throws IOException {
    for (int round = 0; round < 20; round++) {
      WriteTxn txn = writer.begin();
      for (int i = 0; i < 200; i++) {
        txn.put(Bytes.utf8("k" + i), Bytes.wrap(new byte[500]), 0);
      }
      txn.finish();
      commit();
    }
    compact(store.revision());
    finishCompaction(store.revision());
    assertThat(store.stats().compactedKeys()).isEqualTo(19 * 200);
    assertThat(store.heldBytes()).isBetween(200 * 500L, 200 * 700L);
    assertThat(store.stats().allocatedBytes()).isBetween(200 * 500L, 200 * 700L);
    assertThat(history.pages().size()).isLessThan(10);
    reopen(NO_CACHE);
    assertThat(get(Bytes.utf8("k7")).version()).isEqualTo(20);
    assertThat(store.range(RangeQuery.of(KeyRange.all())).kvs()).hasSize(200);
  }

  @Test
  void manySmallBatchesDoNotLeaveManySmallPages() throws IOException {
    // So little may be unwritten that each put waits until it is in a page of its own.
    reopen(new StoreSettings(0, 0, 100));
    for (int i = 0; i < 200; i++) {
      put(A, "value " + i);
    }
    assertThat(history.appends()).isEqualTo(200);
    assertThat(history.pages().size()).isLessThan(40);
    assertThat(store.changesFrom(2, 1000, Long.MAX_VALUE).changes()).hasSize(200);
    assertThat(get(A).version()).isEqualTo(200);
    assertThat(store.versionBefore(A, 50).value()).isEqualTo(Bytes.utf8("value 47"));
  }

  @Test
  void aFailedHistoryIsToldOnceAndStopsCommits() throws Exception {
    put(A, "1");
    history.failWith(new IOException("disk full"));
    put(A, "2");
    assertThat(failures.poll(20, TimeUnit.SECONDS)).hasMessage("disk full");
    assertThatThrownBy(() -> put(A, "3"))
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("disk full");
    assertThat(failures).isEmpty();
    assertThat(store.compactionFinished(99)).failsWithin(20, TimeUnit.SECONDS);
  }

  @Test
  void theWriterWaitsWhenTooMuchIsUnwritten() throws Exception {
    reopen(new StoreSettings(1 << 20, 1 << 20, 2_000));
    history.hold();
    Bytes value = Bytes.wrap(new byte[1_000]);
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 10; i++) {
                put(A, value, 0);
              }
            });
    while (store.stats().unwrittenBytes() <= 2_000) {
      Thread.onSpinWait();
    }
    assertThat(writing).isNotDone();
    history.release();
    writing.get(20, TimeUnit.SECONDS);
    assertThat(store.revision()).isEqualTo(11);
  }

  @Test
  void whatIsNotWrittenYetCanBeReadWithoutACache() throws IOException {
    reopen(NO_CACHE);
    history.hold();
    put(A, "1");
    put(A, "2");
    assertThat(get(A).value()).isEqualTo(Bytes.utf8("2"));
    assertThat(store.versionBefore(A, 3).value()).isEqualTo(Bytes.utf8("1"));
    assertThat(store.changesFrom(1, 10, 1000).changes()).hasSize(2);
    assertThat(store.durableIndex()).isZero();
    assertThat(history.pages()).isEmpty();
  }

  @Test
  void changesComeInWholeRevisions() {
    WriteTxn txn = writer.begin();
    for (int i = 0; i < 100; i++) {
      txn.put(Bytes.utf8("k" + i), B, 0);
    }
    txn.finish();
    commit();
    put(A, "1");
    MvccStore.Changes first = store.changesFrom(0, 5, 1);
    assertThat(first.changes()).hasSize(100);
    assertThat(first.lastRevision()).isEqualTo(2);
    assertThat(store.changesFrom(2, 1, Long.MAX_VALUE)).isEqualTo(first);
    assertThat(store.changesFrom(3, 5, 1).changes()).hasSize(1);
    assertThat(store.changesFrom(4, 5, 1)).isEqualTo(new MvccStore.Changes(List.of(), 3));
  }

  @Test
  void aRevisionThatFillsManyPagesIsReadWhole() throws IOException {
    WriteTxn txn = writer.begin();
    for (int i = 0; i < 300; i++) {
      txn.put(Bytes.utf8("k" + i), Bytes.wrap(new byte[900]), 0);
    }
    txn.finish();
    put(A, "1");
    reopen(NO_CACHE);
    assertThat(history.pages().size()).isGreaterThan(8);
    MvccStore.Changes changes = store.changesFrom(2, 1, 1);
    assertThat(changes.changes()).hasSize(300);
    assertThat(changes.lastRevision()).isEqualTo(2);
    assertThat(store.changesFrom(2, 2, Long.MAX_VALUE).changes()).hasSize(301);
  }

  @Test
  void aDamagedPageStopsTheOpeningAndIsNamed() throws IOException {
    put(A, "1");
    store.close();
    history = history.reopen();
    byte[] data = history.pages().get(0).data();
    data[12] ^= 1;
    history.damage(new Revision(2, 0), data);
    store = new MvccStore(history, AMPLE, failures::add);
    assertThatThrownBy(store::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("page 2.0")
        .hasMessageContaining("checksum");
    assertThat(history.pages().get(0).data()).isEqualTo(data);
  }

  @Test
  void aHistoryWithAMissingPageIsNotOpened() throws IOException {
    put(A, "1");
    reopen(AMPLE);
    put(A, "2");
    store.close();
    InMemoryHistory whole = history.reopen();
    history = new InMemoryHistory();
    history.damage(new Revision(3, 0), whole.pages().get(1).data());
    store = new MvccStore(history, AMPLE, failures::add);
    assertThatThrownBy(store::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("page 3.0");
  }

  @Test
  void aLimitWithATargetButNoOrderIsThatOfTheKeysBeforeTheyAreSorted() {
    for (String key : List.of("e", "d", "c", "b", "a")) {
      put(Bytes.utf8(key), "v-" + (char) ('z' - key.charAt(0) + 'a'));
    }
    RangeQuery all = RangeQuery.of(KeyRange.all()).withLimit(2);
    for (SortTarget target : List.of(SortTarget.MOD, SortTarget.CREATE, SortTarget.VALUE)) {
      assertThat(keysOf(sorted(all, target, SortOrder.NONE))).containsExactly("c", "b");
      assertThat(keysOf(sorted(all, target, SortOrder.ASCEND))).containsExactly("e", "d");
      Result.Range single = sorted(all.withLimit(Long.MAX_VALUE), target, SortOrder.NONE);
      assertThat(keysOf(single)).containsExactly("e", "d", "c", "b", "a");
    }
    Result.Range cut = sorted(all, SortTarget.MOD, SortOrder.NONE);
    assertThat(cut.more()).isTrue();
    assertThat(cut.count()).isEqualTo(5);
  }

  private Result.Range sorted(RangeQuery query, SortTarget target, SortOrder order) {
    return store.range(
        new RangeQuery(
            query.range(),
            query.revision(),
            query.limit(),
            target,
            order,
            query.bounds(),
            query.projection()));
  }

  private static List<String> keysOf(Result.Range range) {
    return range.kvs().stream().map(kv -> kv.key().toUtf8()).toList();
  }
}
