package io.kvorum.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Random entries that several stores apply, and what must be true of a store at each index. */
final class ReplicatedLog {
  static final long TERM = 7;

  private static final int KEYS = 30;

  /** A transaction of puts (with a value) and deletions, or a compaction. */
  private record Entry(List<Write> writes, long compactRevision) {}

  private record Write(Bytes key, @Nullable Bytes value, long lease) {}

  private final Random random;
  private final List<Entry> entries = new ArrayList<>();

  /** The state at the end of the log, to know what may be compacted. */
  private final NaiveStore end = new NaiveStore();

  ReplicatedLog(Random random) {
    this.random = random;
  }

  int size() {
    return entries.size();
  }

  void grow(int count, int largestValue) {
    for (int i = 0; i < count; i++) {
      boolean compacts = random.nextInt(60) == 0;
      Entry entry = compacts ? compaction() : transaction(largestValue);
      entries.add(entry);
      apply(entry, end);
    }
  }

  void put(String key, String value) {
    add(new Entry(List.of(new Write(Bytes.utf8(key), Bytes.utf8(value), 0)), 0));
  }

  void delete(String key) {
    add(new Entry(List.of(new Write(Bytes.utf8(key), null, 0)), 0));
  }

  void compact(long revision) {
    add(new Entry(List.of(), revision));
  }

  private void add(Entry entry) {
    entries.add(entry);
    apply(entry, end);
  }

  long revision() {
    return end.revision();
  }

  private Entry compaction() {
    long lowest = Math.max(1, end.compactedRevision());
    return new Entry(
        List.of(), lowest + random.nextInt((int) Math.max(1, end.revision() - lowest + 1)));
  }

  private Entry transaction(int largestValue) {
    List<Write> writes = new ArrayList<>();
    int count = random.nextInt(8) == 0 ? 5 : 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      Bytes key = Bytes.utf8("key" + random.nextInt(KEYS));
      byte[] value = new byte[random.nextInt(largestValue)];
      random.nextBytes(value);
      boolean deletes = random.nextInt(4) == 0;
      long lease = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0;
      writes.add(new Write(key, deletes ? null : Bytes.wrap(value), lease));
    }
    return new Entry(writes, 0);
  }

  private static void apply(Entry entry, NaiveStore model) {
    if (entry.compactRevision() != 0) {
      try {
        model.compact(entry.compactRevision());
      } catch (RequestException rejected) {
        assertThat(entry.compactRevision()).isLessThanOrEqualTo(model.compactedRevision());
      }
      return;
    }
    model.begin();
    for (Write write : entry.writes()) {
      Bytes value = write.value();
      if (value == null) {
        model.delete(KeyRange.single(write.key()));
      } else {
        model.put(write.key(), value, write.lease());
      }
    }
  }

  NaiveStore modelAt(long index) {
    NaiveStore model = new NaiveStore();
    entries.subList(0, (int) index).forEach(entry -> apply(entry, model));
    return model;
  }

  static Map<String, Bytes> factsAt(long index) {
    Map<String, Bytes> facts = new TreeMap<>();
    if (index > 0) {
      facts.put("index", Bytes.utf8(Long.toString(index)));
      facts.put("of ten/" + index / 10, Bytes.utf8(Long.toString(index)));
    }
    return facts;
  }

  /** A store that applies the log. */
  final class Replica {
    final AtomicReference<Throwable> failure = new AtomicReference<>();
    final MvccStore store;
    final StoreWriter writer;
    MvccStore.Recovered recovered;
    private long applied;

    Replica(RevisionHistory history, StoreSettings settings) throws IOException {
      store = new MvccStore(history, settings, failure::set);
      MvccStore.Opened opened = store.open();
      writer = opened.writer();
      recovered = opened.recovered();
      applied = recovered.appliedIndex();
    }

    long applied() {
      return applied;
    }

    void applyUpTo(long index) {
      while (applied < index) {
        apply(entries.get((int) applied++));
      }
    }

    private void apply(Entry entry) {
      if (entry.compactRevision() != 0) {
        try {
          writer.compact(entry.compactRevision());
        } catch (RequestException rejected) {
          assertThat(entry.compactRevision()).isLessThanOrEqualTo(store.compactedRevision());
        }
      } else {
        WriteTxn txn = writer.begin();
        for (Write write : entry.writes()) {
          Bytes value = write.value();
          if (value == null) {
            txn.deleteRange(KeyRange.single(write.key()), false);
          } else {
            txn.put(write.key(), value, write.lease());
          }
        }
        txn.finish();
      }
      Map<String, @Nullable Bytes> facts = new HashMap<>(factsAt(applied));
      if (applied % 10 == 0) {
        facts.put("of ten/" + (applied / 10 - 1), null);
      }
      writer.commit(applied, TERM, facts);
    }

    StoreSnapshot openSnapshot(long index) {
      return store.openSnapshot(index).orTimeout(20, TimeUnit.SECONDS).join();
    }

    void awaitDurable() {
      openSnapshot(applied).close();
    }

    void install(SnapshotStaging staged) {
      recovered = writer.install(staged);
      applied = recovered.appliedIndex();
    }

    void finishCompaction() {
      while (writer.compactSlice()) {
        Thread.onSpinWait();
      }
      if (store.compactedRevision() >= 0) {
        store.compactionFinished(store.compactedRevision()).orTimeout(20, TimeUnit.SECONDS).join();
      }
    }

    /** The store is exactly what it must be at its index. */
    void check() {
      NaiveStore model = modelAt(applied);
      assertThat(store.revision()).isEqualTo(model.revision());
      assertThat(store.compactedRevision()).isEqualTo(model.compactedRevision());
      assertThat(store.stats().keys()).isEqualTo(model.livingKeys());
      long lowest = Math.max(1, model.compactedRevision());
      for (int i = 0; i < 8; i++) {
        long at = lowest + random.nextInt((int) (model.revision() - lowest) + 1);
        RangeQuery query = RangeQuery.of(KeyRange.all()).atRevision(at);
        assertThat(store.range(query)).as("at %d", at).isEqualTo(model.range(query));
        Bytes key = Bytes.utf8("key" + random.nextInt(KEYS));
        assertThat(store.versionBefore(key, at)).isEqualTo(model.versionBefore(key, at));
      }
      List<Change> expected =
          model.wanted().stream().filter(c -> c.kv().modRevision() >= lowest + 1).toList();
      List<Change> found = new ArrayList<>();
      for (long next = lowest + 1; next <= model.revision(); ) {
        MvccStore.Changes changes = store.changesFrom(next, 7, 5_000);
        found.addAll(changes.changes());
        next = changes.lastRevision() + 1;
      }
      assertThat(found).isEqualTo(expected);
      assertThat(failure.get()).isNull();
    }

    /** As {@link #check}, for a store that was just installed or opened. */
    void checkRecovered() {
      check();
      assertThat(recovered.appliedTerm()).isEqualTo(TERM);
      assertThat(recovered.leaseOfKey()).isEqualTo(modelAt(applied).leases());
      Map<String, Bytes> facts = new TreeMap<>(recovered.facts());
      assertThat(facts.keySet())
          .isSubsetOf(
              "index", "of ten/" + applied / 10, "revision", "compact_revision", "installed");
      assertThat(facts).containsAllEntriesOf(factsAt(applied));
    }
  }
}
