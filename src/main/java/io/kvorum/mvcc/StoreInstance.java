package io.kvorum.mvcc;

import static io.kvorum.mvcc.HistoryQueue.Entry;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.Revision;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All of a store that stands on one history: index, caches, queue and history thread. The store
 * goes from one generation to the next when a whole state is installed.
 *
 * <p>Threads as {@link MvccStore} says. A reader that comes to the disk after the history was
 * closed gets an {@link HistoryClosedException}.
 */
final class StoreInstance {
  private static final System.Logger LOG = System.getLogger(StoreInstance.class.getName());

  private final RevisionHistory history;
  private final StoreParts parts;
  private final UncommittedState writeSide;
  private final HistoryQueue queue;
  private final HistoryWriter writer;
  private final IndexCompaction indexCompaction;

  /** Of the engine thread alone. */
  private long committedIndex;

  // The revision is published before the compact revision and read after it, so that no reader
  // takes a current revision that is compacted already.
  private volatile long revision;
  private volatile long compactedRevision;

  /**
   * @param onFailure told once when the history cannot be written any more
   */
  StoreInstance(
      LoadedHistory loaded,
      StoreSettings settings,
      StoreCounters counters,
      Consumer<Throwable> onFailure) {
    this.history = loaded.history();
    this.parts = loaded.parts().withCounters(counters);
    this.writeSide = new UncommittedState(parts.keys(), parts.recent(), parts.values(), counters);
    this.writeSide.revision = loaded.revision();
    this.writeSide.compactedRevision = loaded.compactedRevision();
    this.committedIndex = loaded.recovered().appliedIndex();
    this.revision = loaded.revision();
    this.compactedRevision = loaded.compactedRevision();
    this.queue = new HistoryQueue(settings.unwrittenLimitBytes(), loaded.revision());
    this.indexCompaction =
        new IndexCompaction(parts.keys(), counters, loaded.compactedRevision(), queue::put);
    this.writer =
        new HistoryWriter(
            history,
            queue,
            parts,
            settings.retainBytes(),
            new HistoryWriter.Start(
                loaded.recovered().appliedIndex(),
                loaded.recovered().appliedTerm(),
                loaded.revision(),
                loaded.compactedRevision(),
                loaded.foundDead()),
            onFailure);
  }

  void start() {
    writer.start();
  }

  StoreCounters counters() {
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

  CompletableFuture<StoreSnapshot> openReading(long index) {
    return writer.openReading(index);
  }

  RevisionHistory.Size size() {
    return writer.size();
  }

  long unwrittenBytes() {
    return queue.unwrittenBytes();
  }

  long durableIndex() {
    return writer.durableIndex();
  }

  // The engine thread.

  WriteTxn begin() {
    refuseInTransaction();
    writeSide.inTransaction = true;
    return new WriteTxn(writeSide);
  }

  long writtenRevision() {
    return writeSide.revision;
  }

  void compact(long compactRevision) {
    if (compactRevision <= writeSide.compactedRevision) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    if (compactRevision > writeSide.revision) {
      throw new RequestException(ErrorCode.FUTURE_REVISION);
    }
    writeSide.compactedRevision = compactRevision;
  }

  boolean compactSlice() {
    return indexCompaction.slice(compactedRevision);
  }

  void commit(long index, long term, Map<String, @Nullable Bytes> facts) {
    refuseInTransaction();
    Entry entry =
        new Entry(
            index,
            term,
            writeSide.revision,
            writeSide.compactedRevision,
            writeSide.uncommittedBytes,
            facts);
    writeSide.uncommittedBytes = 0;
    queue.put(entry);
    committedIndex = index;
    if (revision != entry.lastRevision()) {
      revision = entry.lastRevision();
    }
    if (compactedRevision != entry.compactedRevision()) {
      compactedRevision = entry.compactedRevision();
    }
  }

  /**
   * @throws IllegalArgumentException if the other one is behind this one
   */
  void refuseIfNewerThan(LoadedHistory other) {
    refuseInTransaction();
    if (other.recovered().appliedIndex() < committedIndex
        || other.revision() < writeSide.revision) {
      throw new IllegalArgumentException(
          "a store at index "
              + other.recovered().appliedIndex()
              + " and revision "
              + other.revision()
              + " cannot follow one at index "
              + committedIndex
              + " and revision "
              + writeSide.revision);
    }
  }

  /** Writes out what is unwritten, stops the history thread, closes the history. */
  void close() throws IOException {
    writer.close();
    closeHistory();
  }

  /**
   * Another generation goes on: what is unwritten is dropped, and the history is closed, on a
   * thread of its own, as soon as nobody reads from it.
   *
   * @return completes when it is closed; exceptionally if it could not be
   */
  CompletableFuture<Void> retire() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    writer.abandon();
    Thread closer =
        new Thread(
            () -> {
              try {
                close();
                closed.complete(null);
              } catch (IOException | RuntimeException | Error e) {
                LOG.log(System.Logger.Level.WARNING, "a history that was replaced stays open", e);
                closed.completeExceptionally(e);
              }
            },
            "kvorum-history-closer");
    closer.setDaemon(true);
    closer.start();
    return closed;
  }

  private void closeHistory() throws IOException {
    parts.pages().close();
    history.close();
  }

  private void refuseInTransaction() {
    if (writeSide.inTransaction) {
      throw new IllegalStateException("a transaction is open");
    }
  }

  /** True if what the query read at may have been compacted while it read: it has to start anew. */
  private boolean isOvertaken(RangeQuery query, long current) {
    long at = query.revision() <= 0 ? current : query.revision();
    return at < compactedRevision;
  }

  private void checkNotCompacted(long fromRevision) {
    if (fromRevision < compactedRevision) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
  }
}
