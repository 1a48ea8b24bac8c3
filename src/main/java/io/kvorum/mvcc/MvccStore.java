package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.HistoryLoader.LoadedHistory;
import io.kvorum.mvcc.history.HistoryClosedException;
import io.kvorum.mvcc.history.PageReader;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.index.KeyTable;
import io.kvorum.support.Log;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps all versions of all keys; has lock-free readers and one writer, the {@link StoreWriter}
 * that {@link #open} returns. Thread-safe.
 *
 * <p>How a put travels: {@link WriteTxn} enters it in the index ({@link KeyTable}) and in memory
 * ({@link RecentChanges}); {@link StoreWriter#commit} makes it visible by publishing the revision,
 * and queues it for the history thread ({@link HistoryWriter}), which packs it into a page. From
 * then on its value is in memory only as long as the caches ({@link ValueCache}, {@link
 * PageReader}) keep it.
 *
 * <p>All of that is one {@link StoreInstance}. {@link StoreWriter#install} puts another one in its
 * place; a reader whose instance was closed meanwhile starts again.
 */
public final class MvccStore implements ChangeSource, AutoCloseable {

  /**
   * What the store found on disk.
   *
   * @param leaseOfKey the lease of each living key that has one
   * @param installedIndex the index at which the store came from another member; 0 if it did not
   */
  public record Recovered(
      long appliedIndex,
      long appliedTerm,
      Map<String, Bytes> facts,
      Map<Bytes, Long> leaseOfKey,
      long installedIndex) {}

  /** The only writer that this store will ever have, and what it starts from. */
  public record Opened(StoreWriter writer, Recovered recovered) {}

  /** Changes of whole revisions, in order; {@code lastRevision} is the last revision looked at. */
  public record Changes(List<Change> changes, long lastRevision) {}

  /** A request to one instance. */
  private interface Question<T> {
    CompletableFuture<T> to(StoreInstance instance);
  }

  private static final Log LOG = Log.of(MvccStore.class);
  private static final long CLOSE_SECONDS = 60;

  private final RevisionHistory history;
  private final StoreSettings settings;
  private final CompactionHashes compactionHashes;
  private final Consumer<Throwable> onFailure;

  private volatile @Nullable StoreInstance current;
  private volatile CompletableFuture<Void> formerClosed = CompletableFuture.completedFuture(null);

  /** A store that keeps no hashes of its compactions. */
  public MvccStore(RevisionHistory history, StoreSettings settings, Consumer<Throwable> onFailure) {
    this(history, settings, CompactionHashes.off(), onFailure);
  }

  /**
   * @param compactionHashes of this store
   * @param onFailure called once when the history can no longer be written: the member must stop
   */
  public MvccStore(
      RevisionHistory history,
      StoreSettings settings,
      CompactionHashes compactionHashes,
      Consumer<Throwable> onFailure) {
    this.history = history;
    this.settings = settings;
    this.compactionHashes = compactionHashes;
    this.onFailure = onFailure;
  }

  /**
   * Opens the history, builds the index and starts the history thread. Once.
   *
   * @throws IllegalStateException if the store was opened before
   */
  public Opened open() throws IOException {
    if (current != null) {
      throw new IllegalStateException("the store has been opened, and has its writer");
    }
    LoadedHistory loaded = LoadedHistory.load(history, settings);
    StoreStats.Counters counters = new StoreStats.Counters().continuedWith(loaded.livingKeys());
    StoreInstance first =
        new StoreInstance(loaded, settings, counters, compactionHashes, onFailure);
    current = first;
    first.start();
    return new Opened(new StoreWriter(this, first, loaded), loaded.recovered());
  }

  @Override
  public long revision() {
    return instance().revision();
  }

  /** {@link io.kvorum.model.Revision#NEVER_COMPACTED} in a store that never was. */
  @Override
  public long compactedRevision() {
    return instance().compactedRevision();
  }

  /**
   * Reads keys. May read from disk, so not on a network thread.
   *
   * @throws io.kvorum.model.RequestException COMPACTED or FUTURE_REVISION
   */
  public Result.Range range(RangeQuery query) {
    instance().counters().ranges.increment();
    while (true) {
      StoreInstance instance = instance();
      try {
        return instance.range(query);
      } catch (HistoryClosedException e) {
        refuseUnlessReplaced(instance, e);
      }
    }
  }

  /**
   * Estimates how many bytes the result of {@link #range} takes in memory, without reading values.
   * It looks at every key of the range, so not on a network thread.
   *
   * @param enough where it may stop, since more makes no difference
   */
  public long estimateBytes(RangeQuery query, long enough) {
    return instance().estimateBytes(query, enough);
  }

  /** As {@link #range}, but null if it would read from disk or look at more than a few keys. */
  public Result.@Nullable Range rangeIfCheap(RangeQuery query) {
    StoreInstance instance = instance();
    Result.Range range = instance.rangeIfCheap(query);
    if (range != null) {
      instance.counters().ranges.increment();
    }
    return range;
  }

  /**
   * What was written from {@code fromRevision} on, in order, up to the published revision; whole
   * revisions only, and at least one if there is any. May read from disk.
   *
   * @throws io.kvorum.model.RequestException COMPACTED if {@code fromRevision} was compacted
   */
  @Override
  public Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes) {
    while (true) {
      StoreInstance instance = instance();
      try {
        return instance.changesFrom(fromRevision, maxRevisions, maxBytes);
      } catch (HistoryClosedException e) {
        refuseUnlessReplaced(instance, e);
      }
    }
  }

  /**
   * The version of the key just before the change at {@code modRevision}; null if there was none or
   * it has been compacted. May read from disk.
   */
  @Override
  public @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
    while (true) {
      StoreInstance instance = instance();
      try {
        return instance.versionBefore(key, modRevision);
      } catch (HistoryClosedException e) {
        refuseUnlessReplaced(instance, e);
      }
    }
  }

  /** Completes when the space of everything below {@code revision} has been given up. */
  public CompletableFuture<Void> compactionFinished(long revision) {
    CompletableFuture<Void> finished = new CompletableFuture<>();
    follow(instance -> instance.compactionFinished(revision), finished);
    return finished;
  }

  public StoreStats stats() {
    StoreInstance instance = instance();
    StoreStats.Counters counters = instance.counters();
    return new StoreStats(
        instance.revision(),
        instance.compactedRevision(),
        counters.keys.getOpaque(),
        counters.puts.getOpaque(),
        counters.deletes.getOpaque(),
        counters.ranges.sum(),
        counters.txns.getOpaque(),
        counters.events.getOpaque(),
        counters.compactedKeys.getOpaque(),
        instance.allocatedBytes(),
        instance.heldBytes(),
        instance.unwrittenBytes(),
        counters.historyCommits.getOpaque(),
        counters.historyCommitNanos.getOpaque());
  }

  /** What the store holds that is not compacted: {@link StoreStats#heldBytes}, cheap to ask for. */
  public long heldBytes() {
    return instance().heldBytes();
  }

  /** The log index up to which the history on disk contains everything. */
  public long durableIndex() {
    return instance().durableIndex();
  }

  /**
   * Opens a snapshot that contains everything up to at least {@code index}; completes once that is
   * durable.
   *
   * <p>To give up, cancel the future: a snapshot that is opened later is closed. Fails with STOPPED
   * when the store is closed.
   */
  public CompletableFuture<StoreSnapshot> openSnapshot(long index) {
    CompletableFuture<StoreSnapshot> opened = new CompletableFuture<>();
    follow(instance -> instance.openSnapshot(index), opened);
    return opened;
  }

  /** Opens a snapshot of everything that is committed now; as {@link #openSnapshot(long)}. */
  public CompletableFuture<StoreSnapshot> openSnapshot() {
    CompletableFuture<StoreSnapshot> opened = new CompletableFuture<>();
    follow(StoreInstance::openSnapshot, opened);
    return opened;
  }

  /**
   * Hashes what the snapshot holds up to the revision. Reads all of it from disk.
   *
   * @param snapshot of this store
   * @param revision not beyond the snapshot's
   * @throws io.kvorum.model.RequestException COMPACTED, also if it was compacted meanwhile
   * @throws IOException if it cannot be read, or the store was replaced since it was opened
   */
  public RevisionHash hash(StoreSnapshot snapshot, long revision) throws IOException {
    StoreInstance instance = instance();
    RevisionHash hash = instance.hash(snapshot, revision);
    if (revision < instance.compactedRevision()) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    return hash;
  }

  /** The hashes that the last compactions found. */
  public CompactionHashes compactionHashes() {
    return compactionHashes;
  }

  /**
   * Moves what the store holds into a history of just that size, while it is in use; joins a move
   * that is under way.
   *
   * @return completes when the former history has given its space back; exceptionally if the move
   *     was given up, and the store is what it was
   */
  public CompletableFuture<Void> defragment(FreshHistory place) {
    return openSnapshot()
        .thenCompose(
            durable -> {
              durable.close();
              return durable.header().index() == 0
                  ? CompletableFuture.completedFuture(null)
                  : instance().defragment(place);
            });
  }

  /** Gives up the move of {@link #defragment}; completes when nothing is left of it. */
  public CompletableFuture<Void> cancelDefragmentation() {
    return instance().cancelDefragmentation();
  }

  /** Receives a snapshot into a history that nothing else uses. */
  public SnapshotStaging stage(RevisionHistory incoming) {
    return new HistoryStaging(incoming, settings);
  }

  /**
   * Completes when every history that was replaced up to now is closed, so that its files may be
   * deleted; exceptionally if one could not be closed.
   */
  public CompletableFuture<Void> formerHistoriesClosed() {
    return formerClosed.copy();
  }

  /** Continues with another history, for the writer. Raft thread. */
  StoreInstance replaceBy(LoadedHistory loaded) {
    StoreInstance former = instance();
    StoreStats.Counters counters = former.counters().continuedWith(loaded.livingKeys());
    compactionHashes.clear();
    StoreInstance next = new StoreInstance(loaded, settings, counters, compactionHashes, onFailure);
    current = next;
    next.start();
    formerClosed = CompletableFuture.allOf(formerClosed, former.retire());
    return next;
  }

  /** Writes out what is unwritten, stops the history thread, closes the history. */
  @Override
  public void close() throws IOException {
    StoreInstance instance = current;
    if (instance == null) {
      history.close();
      return;
    }
    instance.close();
    try {
      formerClosed.get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warning("a replaced history was not closed in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A reader starts again if the instance was replaced, and only then. */
  private void refuseUnlessReplaced(StoreInstance instance, HistoryClosedException e) {
    if (instance == current) {
      throw new IllegalStateException("the store has been closed", e);
    }
  }

  /** Asks the current instance, and the next one if that one was replaced before it answered. */
  private <T> void follow(Question<T> question, CompletableFuture<T> answer) {
    StoreInstance instance = instance();
    question
        .to(instance)
        .whenComplete(
            (result, failure) -> {
              if (failure == null) {
                if (!answer.complete(result) && result instanceof StoreSnapshot unwanted) {
                  unwanted.close();
                }
              } else if (instance != current) {
                follow(question, answer);
              } else {
                answer.completeExceptionally(failure);
              }
            });
  }

  private StoreInstance instance() {
    StoreInstance instance = current;
    if (instance == null) {
      throw new IllegalStateException("the store is not open");
    }
    return instance;
  }
}
