package io.kvorum.mvcc;

import static io.kvorum.model.Revision.NEVER_COMPACTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyRange;
import io.kvorum.mvcc.StoreUnderTest.Command;
import io.kvorum.mvcc.StoreUnderTest.Delete;
import io.kvorum.mvcc.StoreUnderTest.Put;
import io.kvorum.mvcc.StoreUnderTest.Step;
import io.kvorum.mvcc.history.EtcdRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected hashes are those that etcd 3.7.1 kept for the same commands. */
@Timeout(60)
class CompactionHashesTest {
  /** What reads the store waits here until the test runs it. */
  private final LinkedBlockingQueue<Runnable> readers = new LinkedBlockingQueue<>();

  private final CompactionHashes hashes = CompactionHashes.computedBy(readers::add);
  private StoreUnderTest under;

  @BeforeEach
  void open() throws IOException {
    under = new StoreUnderTest(new StoreSettings(20_000, 20_000, 1 << 20), hashes);
  }

  @AfterEach
  void close() throws IOException {
    under.close();
  }

  /** Compacts, has the hash computed, and waits until the space is freed. */
  private void compact(long revision) throws InterruptedException {
    under.compact(revision);
    runReader();
    under.finishCompaction();
  }

  private void runReader() throws InterruptedException {
    Runnable reading = readers.poll(20, TimeUnit.SECONDS);
    assertThat(reading).as("a compaction to be hashed").isNotNull();
    reading.run();
  }

  private void assertKept(long revision, long crc, long previous) {
    assertThat(hashes.at(revision)).isEqualTo(new RevisionHash((int) crc, previous, revision));
  }

  private void putAll() {
    under.put("a", "1");
    under.put("b", "1");
    under.put("a", "2");
    under.delete("b");
    under.put("c", "3");
  }

  private void txn(Step... steps) {
    under.apply(List.of(new Command(List.of(steps), 0)));
  }

  private static Put put(String key, String value, long lease) {
    return new Put(Bytes.utf8(key), Bytes.utf8(value), lease);
  }

  @Test
  void eachCompactionIsHashedSinceTheOneBefore() throws InterruptedException {
    putAll();
    compact(4);
    assertKept(4, 3_086_679_940L, NEVER_COMPACTED);
    compact(5);
    assertKept(5, 194_725_478L, 4);
    compact(6);
    assertKept(6, 3_413_701_749L, 5);
    assertThat(hashes.newestFirst()).extracting(RevisionHash::revision).containsExactly(6L, 5L, 4L);
    assertThat(hashes.at(3)).isNull();
  }

  @Test
  void transactionsAndLeasesAreHashedAsEtcdStoresThem() throws InterruptedException {
    txn(put("x", "1", 0), put("y", "2", 0));
    txn(put("l", "v", 77));
    txn(new Delete(KeyRange.single(Bytes.utf8("x")), false));
    txn(put("x", "9", 0));
    compact(4);
    assertKept(4, 99_494_115L, NEVER_COMPACTED);
  }

  @Test
  void ifNothingLivesOnlyWhatCameAfterThePreviousCompactionCounts() throws InterruptedException {
    under.put("a", "1");
    compact(2);
    under.delete("a");
    compact(3);
    assertKept(3, 3_681_333_679L, 2);
  }

  @Test
  void nothingIsFreedUntilTheHashIsComputed() throws InterruptedException {
    putAll();
    under.compact(6);
    while (under.writer().compactSlice()) {
      Thread.onSpinWait();
    }
    CompletableFuture<Void> freed = under.store().compactionFinished(6);
    Runnable reading = readers.poll(20, TimeUnit.SECONDS);
    under.put("d", "4");
    assertThat(under.store().openSnapshot().orTimeout(20, TimeUnit.SECONDS).join())
        .as("another one, so that the history thread has been there")
        .satisfies(StoreSnapshot::close);
    assertThat(freed).isNotDone();
    assertThat(under.storedChanges()).hasSize(6);
    reading.run();
    freed.orTimeout(20, TimeUnit.SECONDS).join();
    assertThat(under.storedChanges()).hasSize(3);
    assertThat(hashes.at(6)).isNotNull();
  }

  @Test
  void aCompactionThatIsFollowedByAnotherBeforeItIsHashedHasNoneNorHasThatOne()
      throws InterruptedException {
    putAll();
    under.compact(4);
    Runnable first = readers.poll(20, TimeUnit.SECONDS);
    under.compact(5);
    awaitDurable();
    assertThat(readers).isEmpty();
    first.run();
    assertThat(hashes.newestFirst()).isEmpty();
    compact(6);
    assertKept(6, 3_413_701_749L, 5);
  }

  @Test
  void ofTwoCompactionsThatAreWrittenTogetherTheLastIsHashedSinceTheFirst()
      throws InterruptedException {
    putAll();
    awaitDurable();
    under.history().hold();
    under.put("later", "1");
    under.history().awaitBlockedWriter();
    under.apply(List.of(new Command(List.of(), 4)));
    under.apply(List.of(new Command(List.of(), 5)));
    under.history().release();
    runReader();
    assertKept(5, 194_725_478L, 4);
    under.finishCompaction();
  }

  /** Until everything has been written. */
  private void awaitDurable() {
    under.store().openSnapshot().orTimeout(20, TimeUnit.SECONDS).join().close();
  }

  @Test
  void theTenNewestAreKept() throws InterruptedException {
    for (int i = 0; i < 14; i++) {
      under.put("key", "value" + i);
    }
    for (int revision = 2; revision <= 14; revision++) {
      compact(revision);
    }
    assertThat(hashes.newestFirst()).hasSize(10);
    assertThat(hashes.at(4)).isNull();
    assertThat(hashes.at(5)).isNotNull();
  }

  @Test
  void aStoreThatKeepsNoneIsNotReadAtCompactions() throws IOException {
    StoreUnderTest other = new StoreUnderTest(new StoreSettings(20_000, 20_000, 1 << 20));
    try {
      other.put("a", "1");
      other.compact(2);
      other.finishCompaction();
      assertThat(other.store().compactionHashes().newestFirst()).isEmpty();
    } finally {
      other.close();
    }
  }

  /**
   * Stores that apply the same but write, compact, hash and move at different times keep hashes
   * that are right by the definition, or none.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whateverHappensBesideAHashIsRight(long seed) throws Exception {
    Random random = new Random(seed);
    Deque<Runnable> late = new ConcurrentLinkedDeque<>();
    CompactionHashes kept = CompactionHashes.computedBy(late::add);
    StoreUnderTest store = new StoreUnderTest(new StoreSettings(2_000, 2_000, 1 << 20), kept);
    List<Change> all = new ArrayList<>();
    Map<Long, Long> previous = new HashMap<>();
    Set<Long> checked = new HashSet<>();
    long compacted = NEVER_COMPACTED;
    long revision = 1;
    try {
      for (int i = 0; i < 400; i++) {
        switch (random.nextInt(12)) {
          case 0, 1, 2, 3 -> store.put("key" + random.nextInt(6), "value" + i);
          case 4, 5 -> store.delete("key" + random.nextInt(6));
          case 6 -> {
            long target = compacted + 1 + random.nextInt(4);
            if (target > 0 && target <= revision && target > compacted) {
              store.compact(target);
              previous.put(target, compacted);
              compacted = target;
            }
          }
          case 7 -> {
            boolean unused = store.writer().compactSlice();
          }
          case 8, 9 -> runAll(late);
          case 10 -> {
            CompletableFuture<Void> unused = store.defragment();
          }
          default -> store.store().openSnapshot().orTimeout(20, TimeUnit.SECONDS).join().close();
        }
        if (store.model().revision() > revision) {
          all.addAll(store.model().changesFrom(revision + 1));
          revision = store.model().revision();
        }
        for (RevisionHash hash : kept.newestFirst()) {
          long before = previous.get(hash.revision());
          assertThat(hash)
              .as("seed %d, step %d", seed, i)
              .isEqualTo(
                  new RevisionHash(crc(all, before, hash.revision()), before, hash.revision()));
          checked.add(hash.revision());
        }
      }
      assertThat(checked).as("compactions that were hashed, seed %d", seed).hasSizeGreaterThan(3);
      assertThat(store.failure()).isNull();
    } finally {
      runAll(late);
      store.close();
    }
  }

  private static void runAll(Deque<Runnable> readers) {
    for (Runnable next = readers.poll(); next != null; next = readers.poll()) {
      next.run();
    }
  }

  /** By the definition: of what was compacted before, only what is still the newest and lives. */
  private static int crc(List<Change> all, long previous, long revision) {
    Map<Bytes, Change> newest = new HashMap<>();
    for (Change change : all) {
      if (change.kv().modRevision() <= revision) {
        newest.put(change.kv().key(), change);
      }
    }
    CRC32C crc = new CRC32C();
    crc.update("key".getBytes(StandardCharsets.US_ASCII));
    for (Change change : all) {
      long main = change.kv().modRevision();
      boolean isKept = newest.get(change.kv().key()) == change && !change.kv().isTombstone();
      if (main <= revision && (main > previous || isKept)) {
        crc.update(EtcdRecord.key(change));
        crc.update(EtcdRecord.value(change));
      }
    }
    return (int) crc.getValue();
  }
}
