package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One writer that also compacts, and readers beside it. Each value names the revision that wrote
 * it, so that a reader can tell a right answer from a wrong one.
 */
@Timeout(180)
class MvccStoreConcurrencyTest {
  private static final int KEYS = 60;
  private static final int ENTRIES = 6_000;

  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile boolean done;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void readersSeeFixedRevisionsWhateverIsWrittenAndCompacted(long seed) throws Exception {
    long budget = seed == 1 ? 0 : seed == 2 ? 20_000 : 10_000_000;
    MvccStore store =
        new MvccStore(
            new InMemoryHistory(), new StoreSettings(budget, budget, 100_000), failure::set);
    StoreWriter writer = store.open().writer();
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        long readerSeed = seed * 100 + i;
        readers.add(threads.submit(() -> readRanges(store, new Random(readerSeed))));
      }
      readers.add(threads.submit(() -> followChanges(store)));
      write(store, writer, new Random(seed));
      done = true;
      for (Future<?> reader : readers) {
        reader.get(60, TimeUnit.SECONDS);
      }
      assertThat(failure.get()).isNull();
      assertThat(store.stats().compactedKeys()).isPositive();
    } catch (AssertionError | ExecutionException e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      done = true;
      threads.shutdownNow();
      store.close();
    }
  }

  private static void write(MvccStore store, StoreWriter writer, Random random) {
    for (int index = 1; index <= ENTRIES; index++) {
      WriteTxn txn = writer.begin();
      // Every transaction writes the counter, so that each revision has its own known value.
      txn.put(Bytes.utf8("counter"), value(txn.writeRevision(), 0), 0);
      int writes = random.nextInt(4);
      for (int i = 0; i < writes; i++) {
        Bytes key = Bytes.utf8("k" + random.nextInt(KEYS));
        if (random.nextInt(4) == 0) {
          txn.deleteRange(KeyRange.single(key), false);
        } else {
          txn.put(key, value(txn.writeRevision(), random.nextInt(400)), 0);
        }
      }
      txn.finish();
      if (index % 150 == 0) {
        writer.compact(store.revision() - random.nextInt(100));
      }
      writer.commit(index, 1, Map.of());
      if (index % 3 == 0) {
        writer.compactSlice();
      }
    }
  }

  private static Bytes value(long revision, int padding) {
    return Bytes.utf8(revision + "|" + "x".repeat(padding));
  }

  private static void checkValue(KeyValue kv) {
    String text = kv.value().toUtf8();
    assertThat(Long.parseLong(text.substring(0, text.indexOf('|')))).isEqualTo(kv.modRevision());
  }

  private void readRanges(MvccStore store, Random random) {
    while (!done) {
      long pinned = store.revision() - random.nextInt(30);
      if (pinned < 2) {
        continue;
      }
      RangeQuery query = RangeQuery.of(KeyRange.all()).atRevision(pinned);
      List<KeyValue> first = null;
      for (int i = 0; i < 5; i++) {
        List<KeyValue> kvs = rangeUnlessCompacted(store, query, pinned);
        if (kvs == null) {
          break;
        }
        kvs.forEach(MvccStoreConcurrencyTest::checkValue);
        if (first != null) {
          assertThat(kvs).isEqualTo(first);
        }
        first = kvs;
      }
      Result.Range now = store.range(RangeQuery.of(KeyRange.single(Bytes.utf8("counter"))));
      assertThat(now.kvs().get(0).modRevision()).isEqualTo(now.revision());
    }
  }

  private static List<KeyValue> rangeUnlessCompacted(
      MvccStore store, RangeQuery query, long pinned) {
    try {
      List<KeyValue> kvs = store.range(query).kvs();
      assertThat(kvs)
          .anySatisfy(
              kv -> {
                assertThat(kv.key()).isEqualTo(Bytes.utf8("counter"));
                assertThat(kv.modRevision()).isEqualTo(pinned);
              });
      return kvs;
    } catch (RequestException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.COMPACTED);
      assertThat(store.compactedRevision()).isGreaterThan(pinned);
      return null;
    }
  }

  /** Replays the changes into a map, and compares it with a range now and then. */
  private void followChanges(MvccStore store) {
    Random random = new Random(5);
    TreeMap<Bytes, KeyValue> state = new TreeMap<>();
    long next = 2;
    while (!done || next <= store.revision()) {
      try {
        MvccStore.Changes changes = store.changesFrom(next, 1 + random.nextInt(50), 50_000);
        long expected = next;
        for (Change change : changes.changes()) {
          assertThat(change.kv().modRevision()).isBetween(expected, expected + 1);
          expected = change.kv().modRevision();
          if (change.kv().isTombstone()) {
            state.remove(change.kv().key());
          } else {
            checkValue(change.kv());
            state.put(change.kv().key(), change.kv());
          }
        }
        next = changes.lastRevision() + 1;
        if (next > 2 && random.nextInt(10) == 0) {
          assertThat(store.range(RangeQuery.of(KeyRange.all()).atRevision(next - 1)).kvs())
              .isEqualTo(List.copyOf(state.values()));
        }
      } catch (RequestException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.COMPACTED);
        next = restart(store, state);
      }
    }
  }

  private static long restart(MvccStore store, TreeMap<Bytes, KeyValue> state) {
    Result.Range range = store.range(RangeQuery.of(KeyRange.all()));
    state.clear();
    long newest = range.kvs().stream().mapToLong(KeyValue::modRevision).max().orElse(1);
    assertThat(newest).isEqualTo(range.revision());
    range.kvs().forEach(kv -> state.put(kv.key(), kv));
    return range.revision() + 1;
  }
}
