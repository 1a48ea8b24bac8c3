package io.kvorum.mvcc;

import io.kvorum.model.Change;
import io.kvorum.mvcc.index.KeyIndex;
import io.kvorum.mvcc.index.KeyTable;
import java.util.function.Consumer;

/**
 * Keeps the changes in memory within their share: evicts the oldest of those that are written, and
 * gives the latest version of a key to the cache. Confined to the history thread.
 *
 * <p>Held by: MvccStoreTest.
 */
final class Eviction {
  private final RecentChanges recent;
  private final KeyTable keys;
  private final ValueReader values;
  private final long retainBytes;
  private long evictedRevision;
  private long retainedBytes;

  /**
   * @param retainBytes what may stay in memory
   * @param revision the last one that was written before; of it and those before none is in memory
   */
  Eviction(
      RecentChanges recent, KeyTable keys, ValueReader values, long retainBytes, long revision) {
    this.recent = recent;
    this.keys = keys;
    this.values = values;
    this.retainBytes = retainBytes;
    this.evictedRevision = revision;
  }

  /** Counts what has just been written: revisions after {@code first}, up to {@code last}. */
  void written(long first, long last) {
    Consumer<Change> add = change -> retainedBytes += RecentChanges.weight(change);
    for (long main = first + 1; main <= last; main++) {
      recent.forEach(main, add);
    }
  }

  /** Evicts until there is room, or nothing is left up to {@code durableRevision}. */
  void makeRoom(long durableRevision) {
    Consumer<Change> evict = this::evict;
    while (retainedBytes > retainBytes && evictedRevision < durableRevision) {
      evictedRevision++;
      recent.forEach(evictedRevision, evict);
      recent.evict(evictedRevision);
    }
  }

  private void evict(Change change) {
    retainedBytes -= RecentChanges.weight(change);
    KeyIndex index = keys.get(change.kv().key());
    if (index == null || change.kv().isTombstone()) {
      return;
    }
    int latest = index.size() - 1;
    if (index.modRevision(latest) == change.kv().modRevision()
        && index.sub(latest) == change.sub()) {
      values.keep(change);
    }
  }
}
