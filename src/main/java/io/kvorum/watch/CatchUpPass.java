package io.kvorum.watch;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.Event;
import io.kvorum.model.KeyValue;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.watch.WatchLimits.Budget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the history once for a number of late watchers, and matches each change once per range.
 *
 * <p>It may read the disk, so it runs on the catch-up thread, and it changes nothing: its outcome
 * goes back to the hub thread, which decides. Created by the hub thread, then confined to the
 * thread that runs it.
 *
 * <p>Held by: WatchCatchUpTest, WatchOverStoreTest.
 */
final class CatchUpPass {
  /** A watcher as it stood when the pass was made. */
  record Taker(Watcher watcher, long next) {}

  /** The events for one watcher, up to the last revision of the outcome; may be empty. */
  record Delivery(Watcher watcher, List<WatchEvent> events, long bytes) {}

  record Outcome(List<Delivery> deliveries, long lastRevision) {}

  /** The events of one range, shared by all its takers. */
  private static final class RangeTakers {
    final List<WatchEvent> events = new ArrayList<>();
    boolean wantsPrevKv;
    long bytes;
  }

  private final long fromRevision;
  private final List<Taker> takers;
  private final Budget budget;

  CatchUpPass(long fromRevision, List<Taker> takers, Budget budget) {
    this.fromRevision = fromRevision;
    this.takers = takers;
    this.budget = budget;
  }

  long fromRevision() {
    return fromRevision;
  }

  List<Taker> takers() {
    return takers;
  }

  /**
   * @throws io.kvorum.model.RequestException COMPACTED if compaction came first
   */
  Outcome run(ChangeSource source) {
    MvccStore.Changes changes = source.changesFrom(fromRevision, budget.count(), budget.bytes());
    RangeMap<RangeTakers> index = new RangeMap<>();
    boolean anyWantsPrevKv = false;
    for (Taker taker : takers) {
      RangeTakers range = index.computeIfAbsent(taker.watcher().range, r -> new RangeTakers());
      range.wantsPrevKv |= taker.watcher().spec.wantsPrevKv();
      anyWantsPrevKv |= range.wantsPrevKv;
    }
    collect(source, changes.changes(), index, anyWantsPrevKv);
    List<Delivery> deliveries = new ArrayList<>(takers.size());
    for (Taker taker : takers) {
      RangeTakers range = index.computeIfAbsent(taker.watcher().range, r -> new RangeTakers());
      deliveries.add(deliveryFor(taker, range));
    }
    return new Outcome(deliveries, changes.lastRevision());
  }

  private static void collect(
      ChangeSource source,
      List<Change> changes,
      RangeMap<RangeTakers> index,
      boolean anyWantsPrevKv) {
    Map<Bytes, KeyValue> seen = new HashMap<>();
    List<RangeTakers> matches = new ArrayList<>();
    for (Change change : changes) {
      KeyValue kv = change.kv();
      matches.clear();
      index.collect(kv.key(), matches);
      if (matches.isEmpty()) {
        continue;
      }
      boolean wantsPrevKv = false;
      for (RangeTakers range : matches) {
        wantsPrevKv |= range.wantsPrevKv;
      }
      WatchEvent event =
          new WatchEvent(new Event(kv, wantsPrevKv ? previous(source, kv, seen) : null));
      for (RangeTakers range : matches) {
        range.events.add(event);
        range.bytes += event.bytes();
      }
      if (anyWantsPrevKv) {
        seen.put(kv.key(), kv);
      }
    }
  }

  private static @Nullable KeyValue previous(
      ChangeSource source, KeyValue kv, Map<Bytes, KeyValue> seen) {
    if (kv.isCreation()) {
      return null;
    }
    KeyValue earlier = seen.get(kv.key());
    boolean isBefore = earlier != null && earlier.modRevision() < kv.modRevision();
    return isBefore ? earlier : source.versionBefore(kv.key(), kv.modRevision());
  }

  private static Delivery deliveryFor(Taker taker, RangeTakers range) {
    List<WatchEvent> events = taker.watcher().select(range.events, taker.next());
    long bytes = events == range.events ? range.bytes : FanOut.bytesOf(events);
    return new Delivery(taker.watcher(), events, bytes);
  }
}
