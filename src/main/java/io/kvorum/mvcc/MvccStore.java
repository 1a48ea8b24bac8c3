package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.model.Revision;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The multi-version store: one writer, lock-free readers.
 *
 * <p>The engine thread alone calls the methods in the second half; the others may be called from
 * any thread.
 *
 * <p>How a put travels: {@link WriteTxn} enters it in the index ({@link KeyTable}) and in memory
 * ({@link RecentChanges}); {@link #commit} makes it visible by publishing the revision, and queues
 * it for the history thread ({@link HistoryWriter}), which packs it into a page. From then on its
 * value is in memory only as long as the caches ({@link ValueCache}, {@link PageReader}) keep it.
 */
public final class MvccStore implements AutoCloseable {

  /**
   * What the store found on disk.
   *
   * @param leaseOfKey the lease of each living key that has one
   */
  public record Recovered(
      long appliedIndex, long appliedTerm, Map<String, Bytes> facts, Map<Bytes, Long> leaseOfKey) {}

  /** Changes of whole revisions, in order; {@code lastRevision} is the last revision looked at. */
  public record Changes(List<Change> changes, long lastRevision) {}

  /** How much of what is written stays in memory for readers that follow the writer closely. */
  private static final long MAX_RETAINED_BYTES = 16L << 20;

  private final RevisionHistory history;
  private final StoreSettings settings;
  private final Consumer<Throwable> onFailure;
  private final long retainBytes;
  private final StoreParts parts;
  private final WriteSide writeSide;

  private @Nullable HistoryQueue queue;
  private @Nullable HistoryWriter writer;
  private @Nullable IndexCompaction indexCompaction;

  // The revision is published before the compact revision and read after it, so that no reader
  // takes a current revision that is compacted already.
  private volatile long revision = Revision.EMPTY_STORE;
  private volatile long compactedRevision = Revision.NEVER_COMPACTED;

  /**
   * @param onFailure told once when the history cannot be written any more: the member must stop
   */
  public MvccStore(RevisionHistory history, StoreSettings settings, Consumer<Throwable> onFailure) {
    this.history = history;
    this.settings = settings;
    this.onFailure = onFailure;
    this.retainBytes = Math.min(settings.valueCacheBytes() / 4, MAX_RETAINED_BYTES);
    this.parts = StoreParts.create(history, settings, settings.valueCacheBytes() - retainBytes);
    this.writeSide = new WriteSide(parts.keys(), parts.recent(), parts.values(), parts.counters());
  }

  /** Opens the history, builds the index and starts the history thread. */
  public Recovered open() throws IOException {
    RevisionHistory.Recovered recovered = history.open();
    long compacted = Facts.compactRevision(recovered.facts());
    HistoryLoader loader = new HistoryLoader(parts.keys(), parts.directory(), compacted);
    history.scan(loader);
    parts.keys().order();
    long current = Math.max(loader.lastRevision(), Facts.revision(recovered.facts()));
    writeSide.revision = current;
    writeSide.compactedRevision = compacted;
    StoreCounters.add(parts.counters().keys, parts.keys().countLiving());
    HistoryQueue newQueue = new HistoryQueue(settings.unwrittenLimitBytes(), current);
    HistoryWriter newWriter =
        new HistoryWriter(
            history,
            newQueue,
            parts,
            retainBytes,
            new HistoryWriter.Start(
                recovered.appliedIndex(), current, compacted, loader.foundDead()),
            onFailure);
    indexCompaction = new IndexCompaction(parts.keys(), parts.counters(), compacted, newQueue::put);
    queue = newQueue;
    writer = newWriter;
    revision = current;
    compactedRevision = compacted;
    newWriter.start();
    return new Recovered(
        recovered.appliedIndex(), recovered.appliedTerm(), recovered.facts(), loader.leaseOfKey());
  }

  public long revision() {
    return revision;
  }

  /** {@link io.kvorum.model.Revision#NEVER_COMPACTED} in a store that never was. */
  public long compactedRevision() {
    return compactedRevision;
  }

  /**
   * Reads keys. May read from disk, so not on a network thread.
   *
   * @throws io.kvorum.model.RequestException COMPACTED or FUTURE_REVISION
   */
  public Result.Range range(RangeQuery query) {
    parts.counters().ranges.increment();
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

  /** As {@link #range}, but null if it would read from disk or look at more than a few keys. */
  public Result.@Nullable Range rangeIfCheap(RangeQuery query) {
    long compacted = compactedRevision;
    long current = revision;
    Result.Range range = parts.ranges().read(query, current, compacted, true);
    if (range == null || isOvertaken(query, current)) {
      return null;
    }
    parts.counters().ranges.increment();
    return range;
  }

  /**
   * What was written from {@code fromRevision} on, in order, up to the published revision; whole
   * revisions only, and at least one if there is any. May read from disk.
   *
   * @throws io.kvorum.model.RequestException COMPACTED if {@code fromRevision} was compacted
   */
  public Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes) {
    checkNotCompacted(fromRevision);
    ChangeReader reader =
        new ChangeReader(
            parts.recent(), parts.directory(), parts.pages(), revision, maxRevisions, maxBytes);
    Changes changes = reader.readFrom(Math.max(fromRevision, Revision.EMPTY_STORE + 1));
    checkNotCompacted(fromRevision);
    if (changes == null) {
      throw new IllegalStateException("revisions from " + fromRevision + " on are missing");
    }
    return changes;
  }

  /**
   * The version of the key just before the change at {@code modRevision}; null if there was none or
   * it has been compacted. May read from disk.
   */
  public @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
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

  /** Completes when the space of everything below {@code revision} has been given up. */
  public CompletableFuture<Void> compactionFinished(long revision) {
    return opened(writer).compactionFinished(revision);
  }

  public StoreStats stats() {
    StoreCounters counters = parts.counters();
    RevisionHistory.Size size = opened(writer).size();
    return new StoreStats(
        revision,
        compactedRevision,
        counters.keys.getOpaque(),
        counters.puts.getOpaque(),
        counters.deletes.getOpaque(),
        counters.ranges.sum(),
        counters.txns.getOpaque(),
        counters.events.getOpaque(),
        counters.compactedKeys.getOpaque(),
        size.allocatedBytes(),
        size.usedBytes(),
        opened(queue).unwrittenBytes(),
        counters.historyCommits.getOpaque(),
        counters.historyCommitNanos.getOpaque());
  }

  /** What the history takes on disk: {@link StoreStats#allocatedBytes}, cheap to ask for. */
  public long allocatedBytes() {
    return opened(writer).size().allocatedBytes();
  }

  /** The log index up to which the history on disk contains everything. */
  public long durableIndex() {
    return opened(writer).durableIndex();
  }

  /**
   * Opens a consistent reading of everything up to at least {@code index}; completes once that is
   * durable. Any thread.
   */
  public CompletableFuture<StoreReading> openReading(long index) {
    throw new UnsupportedOperationException("being built");
  }

  /** A place for another member's store, in a history that nobody else uses. Any thread. */
  public StagedStore stage(RevisionHistory incoming) {
    throw new UnsupportedOperationException("being built");
  }

  // The engine thread.

  /**
   * Goes on with the staged store, which is complete, in place of the one before, whose history is
   * closed when its last reader has left. Readers see the new revision at once.
   */
  public Recovered install(StagedStore staged) throws IOException {
    throw new UnsupportedOperationException("being built");
  }

  /** Starts a transaction at the next revision. One at a time. */
  public WriteTxn begin() {
    if (writeSide.inTransaction) {
      throw new IllegalStateException("a transaction is open");
    }
    writeSide.inTransaction = true;
    return new WriteTxn(writeSide);
  }

  /** The revision after the last transaction, which readers may not see before the next commit. */
  public long writtenRevision() {
    return writeSide.revision;
  }

  /**
   * Compacts logically: reads below {@code revision} fail from the next commit on, those of later
   * transactions from now on. The space is given up later, in slices.
   *
   * @throws io.kvorum.model.RequestException COMPACTED or FUTURE_REVISION
   */
  public void compact(long revision) {
    if (revision <= writeSide.compactedRevision) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    if (revision > writeSide.revision) {
      throw new RequestException(ErrorCode.FUTURE_REVISION);
    }
    writeSide.compactedRevision = revision;
  }

  /** Compacts a few hundred keys of the index; true if more wait. */
  public boolean compactSlice() {
    return opened(indexCompaction).slice(compactedRevision);
  }

  /**
   * Ends an entry of the log: makes its revisions visible to readers and hands its changes, with
   * changed facts, to the history thread. Waits if too much is unwritten.
   *
   * @throws IllegalStateException if the history has failed
   */
  public void commit(long index, long term, Map<String, @Nullable Bytes> facts) {
    if (writeSide.inTransaction) {
      throw new IllegalStateException("a transaction is open");
    }
    HistoryQueue.Entry entry =
        new HistoryQueue.Entry(
            index,
            term,
            writeSide.revision,
            writeSide.compactedRevision,
            writeSide.uncommittedBytes,
            facts);
    writeSide.uncommittedBytes = 0;
    opened(queue).put(entry);
    if (revision != entry.lastRevision()) {
      revision = entry.lastRevision();
    }
    if (compactedRevision != entry.compactedRevision()) {
      compactedRevision = entry.compactedRevision();
    }
  }

  /** Writes out what is unwritten, stops the history thread, closes the history. */
  @Override
  public void close() throws IOException {
    if (writer != null) {
      writer.close();
    }
    history.close();
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

  private static <T> T opened(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("the store is not open");
    }
    return part;
  }
}
