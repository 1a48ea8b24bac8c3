package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.Projection;
import io.kvorum.model.RangeQuery.SortOrder;
import io.kvorum.model.RangeQuery.SortTarget;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the store should do, written as plainly as possible: every change, and a walk over all. */
final class NaiveStore {
  private final List<Change> changes = new ArrayList<>();
  private long revision = 1;
  private long compactedRevision = -1;
  private int sub;
  private boolean writing;

  long revision() {
    return revision;
  }

  long compactedRevision() {
    return compactedRevision;
  }

  void begin() {
    sub = 0;
    writing = false;
  }

  void put(Bytes key, Bytes value, long lease) {
    nextSub();
    KeyValue before = stateAt(revision).get(key);
    long create = before == null ? revision : before.createRevision();
    long version = before == null ? 1 : before.version() + 1;
    changes.add(new Change(sub++, new KeyValue(key, value, create, revision, version, lease)));
  }

  List<KeyValue> delete(KeyRange range) {
    List<KeyValue> found = within(range, revision);
    for (KeyValue kv : found) {
      nextSub();
      changes.add(new Change(sub++, KeyValue.tombstone(kv.key(), revision)));
    }
    return found;
  }

  private void nextSub() {
    if (!writing) {
      writing = true;
      revision++;
    }
  }

  void compact(long at) {
    if (at <= compactedRevision) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    if (at > revision) {
      throw new RequestException(ErrorCode.FUTURE_REVISION);
    }
    compactedRevision = at;
  }

  Result.Range range(RangeQuery query) {
    long at = query.revision() <= 0 ? revision : query.revision();
    if (at > revision) {
      throw new RequestException(ErrorCode.FUTURE_REVISION);
    }
    if (at < compactedRevision) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    List<KeyValue> all = within(query.range(), at);
    if (query.projection() == Projection.COUNT_ONLY) {
      return new Result.Range(revision, List.of(), false, all.size());
    }
    List<KeyValue> kvs = new ArrayList<>();
    for (KeyValue kv : all) {
      if (query.bounds().admits(kv.modRevision(), kv.createRevision())) {
        kvs.add(kv);
      }
    }
    boolean more = query.limit() > 0 && kvs.size() > query.limit();
    boolean isCutUnsorted =
        query.sortTarget() != SortTarget.KEY
            && query.sortOrder() == SortOrder.NONE
            && query.bounds().equals(RangeQuery.RevisionBounds.NONE);
    if (more && isCutUnsorted) {
      kvs = new ArrayList<>(kvs.subList(0, (int) query.limit() + 1));
    }
    kvs.sort(order(query));
    if (more) {
      kvs = new ArrayList<>(kvs.subList(0, (int) query.limit()));
    }
    if (query.projection() == Projection.KEYS_ONLY) {
      boolean hasLease = query.sortTarget() == RangeQuery.SortTarget.VALUE;
      kvs.replaceAll(
          kv ->
              new KeyValue(
                  kv.key(),
                  Bytes.EMPTY,
                  kv.createRevision(),
                  kv.modRevision(),
                  kv.version(),
                  hasLease ? kv.lease() : 0));
    }
    return new Result.Range(revision, kvs, more, all.size());
  }

  /** All changes from a revision on. */
  List<Change> changesFrom(long from) {
    return changes.stream().filter(c -> c.kv().modRevision() >= from).toList();
  }

  @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
    return modRevision - 1 < compactedRevision ? null : stateAt(modRevision - 1).get(key);
  }

  /** What a history must hold once compaction has finished, and no more. */
  List<Change> wanted() {
    Map<Bytes, Change> latest = new TreeMap<>();
    for (Change change : changes) {
      if (change.kv().modRevision() <= compactedRevision) {
        latest.put(change.kv().key(), change);
      }
    }
    return changes.stream()
        .filter(
            change -> {
              KeyValue kv = change.kv();
              return kv.modRevision() > compactedRevision
                  || (latest.get(kv.key()) == change
                      && (!kv.isTombstone() || kv.modRevision() == compactedRevision));
            })
        .toList();
  }

  Map<Bytes, Long> leases() {
    Map<Bytes, Long> leases = new TreeMap<>();
    stateAt(revision)
        .forEach(
            (key, kv) -> {
              if (kv.lease() != 0) {
                leases.put(key, kv.lease());
              }
            });
    return leases;
  }

  int livingKeys() {
    return stateAt(revision).size();
  }

  private List<KeyValue> within(KeyRange range, long at) {
    return stateAt(at).values().stream().filter(kv -> range.contains(kv.key())).toList();
  }

  private TreeMap<Bytes, KeyValue> stateAt(long at) {
    TreeMap<Bytes, KeyValue> state = new TreeMap<>();
    for (Change change : changes) {
      if (change.kv().modRevision() > at) {
        break;
      }
      if (change.kv().isTombstone()) {
        state.remove(change.kv().key());
      } else {
        state.put(change.kv().key(), change.kv());
      }
    }
    return state;
  }

  private static Comparator<KeyValue> order(RangeQuery query) {
    Comparator<KeyValue> order =
        switch (query.sortTarget()) {
          case KEY -> Comparator.comparing(KeyValue::key);
          case VERSION -> Comparator.comparingLong(KeyValue::version);
          case CREATE -> Comparator.comparingLong(KeyValue::createRevision);
          case MOD -> Comparator.comparingLong(KeyValue::modRevision);
          case VALUE -> Comparator.comparing(KeyValue::value);
        };
    boolean descending = query.sortOrder() == SortOrder.DESCEND;
    return (descending ? order.reversed() : order)
        .thenComparing(
            query.sortTarget() == SortTarget.KEY
                ? (a, b) -> 0
                : Comparator.comparing(KeyValue::key));
  }
}
