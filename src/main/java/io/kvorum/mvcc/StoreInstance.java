package io.kvorum.mvcc;

import static io.kvorum.mvcc.HistoryQueue.Entry;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.HistoryLoader.LoadedHistory;
import io.kvorum.mvcc.history.CurrentHistory;
import io.kvorum.mvcc.history.HistoryClosedException;
import io.kvorum.mvcc.history.PageDirectory;
import io.kvorum.mvcc.history.PageReader;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.index.IndexCompaction;
import io.kvorum.mvcc.index.KeyIndex;
import io.kvorum.mvcc.index.KeyTable;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds everything of a store that belongs to one history: index, caches, queue and history thread.
 * Installing a snapshot replaces the instance.
 *
 * <p>Thread-safe, but for {@link #commit}, which is confined to the Raft thread. A reader that
 * needs the disk after the history was closed gets an {@link HistoryClosedException}.
 *
 * <p>Held by: MvccStoreTest, MvccStoreConcurrencyTest.
 */
final class StoreInstance {
  private static final Log LOG = Log.of(StoreInstance.class);

  /** What a store takes that has no keys: its tables, and the facts of its members. */
  private static final long EMPTY_BYTES = 8 << 10;

  private final Parts parts;
  private final HistoryQueue queue;
  private final HistoryWriter writer;

  // The revision is published before the compact revision and read after it, so that no reader
  // takes a current revision that is compacted already.
  private volatile long revision;
  private volatile long compactedRevision;

  /**
   * @param onFailure called once when the history can no longer be written
   */
  StoreInstance(
      LoadedHistory loaded,
      StoreSettings settings,
      StoreStats.Counters counters,
      CompactionHashes hashes,
      Consumer<Throwable> onFailure) {
    this.parts = loaded.parts().withCounters(counters);
    this.revision = loaded.revision();
    this.compactedRevision = loaded.compactedRevision();
    this.queue = new HistoryQueue(settings.unwrittenLimitBytes(), loaded);
    this.writer =
        new HistoryWriter(
            queue,
            parts,
            settings.retainBytes(),
            new HistoryWriter.Start(
                loaded.recovered().appliedIndex(),
                loaded.recovered().appliedTerm(),
                loaded.revision(),
                loaded.compactedRevision(),
                loaded.foundDead()),
            hashes.observer(this::compactionHash),
            onFailure);
  }

  void start() {
    writer.start();
  }

  StoreStats.Counters counters() {
    return parts.counters();
  }

  long revision() {
    return revision;
  }

  long compactedRevision() {
    return compactedRevision;
  }

  Result.Range range(RangeQuery query) {
    while (true) {
      long compacted = compactedRevision;
      long current = revision;
      Result.Range range = parts.ranges().read(query, current, compacted, false);
      if (isOvertaken(query, current)) {
        continue;
      }
      if (range == null) {
        throw new IllegalStateException("a value is missing in the history: " + query);
      }
      return range;
    }
  }

  long estimateBytes(RangeQuery query, long enough) {
    return parts.ranges().estimate(query, revision, enough);
  }

  Result.@Nullable Range rangeIfCheap(RangeQuery query) {
    long compacted = compactedRevision;
    long current = revision;
    Result.Range range = parts.ranges().read(query, current, compacted, true);
    return range == null || isOvertaken(query, current) ? null : range;
  }

  MvccStore.Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes) {
    checkNotCompacted(fromRevision);
    ChangeReader reader =
        new ChangeReader(
            parts.recent(), parts.directory(), parts.pages(), revision, maxRevisions, maxBytes);
    MvccStore.Changes changes = reader.readFrom(Math.max(fromRevision, Revision.EMPTY_STORE + 1));
    checkNotCompacted(fromRevision);
    if (changes == null) {
      throw new IllegalStateException("revisions from " + fromRevision + " on are missing");
    }
    return changes;
  }

  @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
    KeyIndex index = parts.keys().get(key);
    if (index == null || modRevision - 1 < compactedRevision) {
      return null;
    }
    int position = index.positionAt(modRevision - 1);
    if (position < 0 || index.isTombstone(position)) {
      return null;
    }
    KeyValue kv = parts.values().cached(index.modRevision(position), index.sub(position));
    if (kv == null) {
      kv = parts.values().read(index, position);
    }
    if (modRevision - 1 < compactedRevision) {
      return null;
    }
    if (kv == null) {
      throw new IllegalStateException("a value of " + key + " is missing in the history");
    }
    return kv;
  }

  CompletableFuture<Void> compactionFinished(long compactRevision) {
    return writer.compactionFinished(compactRevision);
  }

  CompletableFuture<StoreSnapshot> openSnapshot(long index) {
    return writer.openSnapshot(index);
  }

  CompletableFuture<StoreSnapshot> openSnapshot() {
    return writer.openSnapshot(queue.lastIndex());
  }

  CompletableFuture<Void> defragment(FreshHistory place) {
    return writer.defragment(place);
  }

  CompletableFuture<Void> cancelDefragmentation() {
    return writer.cancelDefragmentation();
  }

  RevisionHash hash(StoreSnapshot snapshot, long atRevision) throws IOException {
    return RevisionHash.of(snapshot, atRevision, parts.keys(), this::compactedRevision);
  }

  /** The hash of what a compaction found; null if another one has followed meanwhile. */
  private @Nullable RevisionHash compactionHash(StoreSnapshot found, long previous)
      throws IOException {
    RevisionHash hash = RevisionHash.ofCompaction(found, previous, parts.keys());
    return hash.revision() < compactedRevision ? null : hash;
  }

  long allocatedBytes() {
    return writer.allocatedBytes();
  }

  /** What is not compacted, as packed, and what is not written yet. */
  long heldBytes() {
    return EMPTY_BYTES + parts.directory().heldBytes() + queue.unwrittenBytes();
  }

  long unwrittenBytes() {
    return queue.unwrittenBytes();
  }

  long durableIndex() {
    return writer.durableIndex();
  }

  // The Raft thread.

  WriteTxn.Uncommitted uncommitted(LoadedHistory loaded) {
    return new WriteTxn.Uncommitted(parts, loaded.revision(), loaded.compactedRevision());
  }

  IndexCompaction indexCompaction(LoadedHistory loaded) {
    return new IndexCompaction(
        parts.keys(), parts.counters().compactedKeys, loaded.compactedRevision(), queue::put);
  }

  /** Queues the entry for the history thread, then publishes its revisions. */
  void commit(Entry entry) {
    queue.put(entry);
    if (revision != entry.lastRevision()) {
      revision = entry.lastRevision();
    }
    if (compactedRevision != entry.compactedRevision()) {
      compactedRevision = entry.compactedRevision();
    }
  }

  /** Writes out what is unwritten, stops the history thread, closes the history. */
  void close() throws IOException {
    writer.close();
    closeHistory();
  }

  /**
   * Another instance has replaced this one: drops what is unwritten, and closes the history on a
   * separate thread as soon as its last reader has left.
   *
   * @return completes when it is closed; exceptionally if it could not be
   */
  CompletableFuture<Void> retire() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    writer.abandon();
    Threads.daemon(
            "kvorum-history-closer",
            () -> {
              try {
                close();
                closed.complete(null);
              } catch (IOException | RuntimeException | Error e) {
                LOG.warning("closing a replaced history failed", e);
                closed.completeExceptionally(e);
              }
            })
        .start();
    return closed;
  }

  private void closeHistory() throws IOException {
    parts.pages().close();
    parts.history().get().close();
  }

  /**
   * True if what the query read at may have been compacted while it read: it has to start again.
   */
  private boolean isOvertaken(RangeQuery query, long current) {
    long at = query.revision() <= 0 ? current : query.revision();
    return at < compactedRevision;
  }

  private void checkNotCompacted(long fromRevision) {
    if (fromRevision < compactedRevision) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
  }

  /** What readers, the Raft thread and the history thread share. */
  record Parts(
      CurrentHistory history,
      KeyTable keys,
      RecentChanges recent,
      PageDirectory directory,
      PageReader pages,
      ValueReader values,
      RangeReader ranges,
      StoreStats.Counters counters) {

    static Parts create(RevisionHistory first, StoreSettings settings) {
      CurrentHistory history = new CurrentHistory(first);
      KeyTable keys = new KeyTable();
      RecentChanges recent = new RecentChanges();
      PageDirectory directory = new PageDirectory();
      PageReader pages = new PageReader(history, settings.pageCacheBytes());
      ValueReader values =
          new ValueReader(
              recent, settings.valueCacheBytes() - settings.retainBytes(), directory, pages);
      RangeReader ranges = RangeReader.ofCommitted(keys, values);
      return new Parts(
          history, keys, recent, directory, pages, values, ranges, new StoreStats.Counters());
    }

    Parts withCounters(StoreStats.Counters others) {
      return new Parts(history, keys, recent, directory, pages, values, ranges, others);
    }
  }
}
