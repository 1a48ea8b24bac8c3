package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import io.kvorum.mvcc.ValueReader.Place;
import io.kvorum.mvcc.index.KeyIndex;
import io.kvorum.mvcc.index.KeyTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes in one transaction: reads see the transaction's own writes, and all writes share
 * one revision. Confined to the Raft thread.
 *
 * <p>There is no rollback: what is written stays, so the caller checks first and then writes.
 *
 * <p>Held by: MvccStoreTest, MvccStoreModelTest.
 */
public final class WriteTxn {

  /** The outcome of a deletion. {@code prevKvs} is empty unless asked for. */
  public record Deleted(List<Bytes> keys, List<KeyValue> prevKvs) {}

  /**
   * Holds what the writer knows ahead of readers: the revision and the compact revision as the next
   * commit will publish them. Outlives the transaction.
   */
  static final class Uncommitted {
    final KeyTable keys;
    final RecentChanges recent;
    final ValueReader values;
    final RangeReader ranges;
    final StoreStats.Counters counters;

    long revision;
    long compactedRevision;

    /** The weight of the changes since the last commit. */
    long bytes;

    boolean inTransaction;

    Uncommitted(StoreInstance.Parts parts, long revision, long compactedRevision) {
      this.keys = parts.keys();
      this.recent = parts.recent();
      this.values = parts.values();
      this.ranges = RangeReader.ofUncommitted(keys, values);
      this.counters = parts.counters();
      this.revision = revision;
      this.compactedRevision = compactedRevision;
    }
  }

  private static final Deleted NOTHING = new Deleted(List.of(), List.of());

  private final Uncommitted uncommitted;
  private final long writeRevision;
  private @Nullable List<Event> events;

  WriteTxn(Uncommitted uncommitted) {
    this.uncommitted = uncommitted;
    this.writeRevision = uncommitted.revision + 1;
    uncommitted.inTransaction = true;
  }

  /** The revision that a write in this transaction gets. */
  public long writeRevision() {
    return writeRevision;
  }

  /** The revision after the transaction as it stands: the write revision once it has written. */
  public long revision() {
    return events == null ? writeRevision - 1 : writeRevision;
  }

  /** Below it nothing is kept; {@link io.kvorum.model.Revision#NEVER_COMPACTED} at first. */
  public long compactedRevision() {
    return uncommitted.compactedRevision;
  }

  /** True if the key lives, own writes included; without touching its value. */
  public boolean exists(Bytes key) {
    KeyIndex index = uncommitted.keys.get(key);
    return index != null && !index.isTombstone(index.size() - 1);
  }

  /**
   * @throws io.kvorum.model.RequestException COMPACTED or FUTURE_REVISION
   */
  public Result.Range range(RangeQuery query) {
    uncommitted.counters.ranges.increment();
    Result.Range range =
        uncommitted.ranges.read(query, revision(), uncommitted.compactedRevision, false);
    if (range == null) {
      throw new IllegalStateException("a value is missing in the history: " + query);
    }
    return range;
  }

  public @Nullable KeyValue get(Bytes key) {
    KeyIndex index = uncommitted.keys.get(key);
    if (index == null) {
      return null;
    }
    int last = index.size() - 1;
    return index.isTombstone(last) ? null : read(List.of(new Place(index, last))).get(0);
  }

  public void put(Bytes key, Bytes value, long lease) {
    List<Event> written = written();
    int sub = written.size();
    KeyIndex index = uncommitted.keys.get(key);
    KeyValue previous = null;
    KeyValue kv;
    if (index == null) {
      uncommitted.keys.put(new KeyIndex(key, writeRevision, sub));
      kv = new KeyValue(key, value, writeRevision, writeRevision, 1, lease);
    } else {
      int last = index.size() - 1;
      previous = knownAt(index, last);
      index.append(writeRevision, sub, false);
      kv =
          new KeyValue(
              index.key(),
              value,
              index.createRevision(last + 1),
              writeRevision,
              index.version(last + 1),
              lease);
    }
    if (kv.isCreation()) {
      StoreStats.Counters.add(uncommitted.counters.keys, 1);
    }
    StoreStats.Counters.add(uncommitted.counters.puts, 1);
    record(sub, kv, previous, written);
  }

  public Deleted deleteRange(KeyRange range, boolean wantsPrevKvs) {
    List<Place> places = new ArrayList<>();
    for (KeyIndex index : uncommitted.keys.in(range, false)) {
      int last = index.size() - 1;
      if (!index.isTombstone(last)) {
        places.add(new Place(index, last));
      }
    }
    if (places.isEmpty()) {
      return NOTHING;
    }
    List<KeyValue> previous = wantsPrevKvs ? read(places) : List.of();
    List<Bytes> deleted = new ArrayList<>(places.size());
    for (int i = 0; i < places.size(); i++) {
      Place place = places.get(i);
      delete(place, wantsPrevKvs ? previous.get(i) : knownAt(place.index(), place.position()));
      deleted.add(place.index().key());
    }
    return new Deleted(deleted, previous);
  }

  /** Ends the transaction and returns its events, in order; readers see it at the next commit. */
  public List<Event> finish() {
    if (!uncommitted.inTransaction) {
      throw new IllegalStateException("the transaction has been finished");
    }
    uncommitted.inTransaction = false;
    uncommitted.revision = revision();
    if (events == null) {
      return List.of();
    }
    if (events.size() > 1) {
      // As etcd counts: a single put or deletion is no transaction.
      StoreStats.Counters.add(uncommitted.counters.txns, 1);
    }
    return events;
  }

  private void delete(Place place, @Nullable KeyValue previous) {
    List<Event> written = written();
    int sub = written.size();
    KeyIndex index = place.index();
    index.append(writeRevision, sub, true);
    StoreStats.Counters.add(uncommitted.counters.keys, -1);
    StoreStats.Counters.add(uncommitted.counters.deletes, 1);
    record(sub, KeyValue.tombstone(index.key(), writeRevision), previous, written);
  }

  private void record(int sub, KeyValue kv, @Nullable KeyValue previous, List<Event> written) {
    Change change = new Change(sub, kv);
    uncommitted.recent.append(change);
    uncommitted.bytes += RecentChanges.weight(change);
    StoreStats.Counters.add(uncommitted.counters.events, 1);
    written.add(new Event(kv, isOwn(previous) ? null : previous));
  }

  /** What watchers get as the version before is that before the transaction. */
  private boolean isOwn(@Nullable KeyValue version) {
    return version != null && version.modRevision() == writeRevision;
  }

  private List<Event> written() {
    if (events == null) {
      if (!uncommitted.inTransaction) {
        throw new IllegalStateException("the transaction has been finished");
      }
      events = new ArrayList<>(2);
    }
    return events;
  }

  /** The version at the position if it lives and is in memory. */
  private @Nullable KeyValue knownAt(KeyIndex index, int position) {
    return index.isTombstone(position)
        ? null
        : uncommitted.values.peek(index.modRevision(position), index.sub(position));
  }

  private List<KeyValue> read(List<Place> places) {
    KeyValue[] found = new KeyValue[places.size()];
    if (!uncommitted.values.readAll(places, found)) {
      throw new IllegalStateException("a value is missing in the history: " + places);
    }
    return Arrays.asList(found);
  }
}
