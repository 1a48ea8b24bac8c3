package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
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

  /**
   * @param onFailure told once when the history cannot be written any more: the member must stop
   */
  public MvccStore(
      RevisionHistory history, StoreSettings settings, Consumer<Throwable> onFailure) {}

  /** Opens the history, builds the index and starts the history thread. */
  public Recovered open() throws IOException {
    throw new UnsupportedOperationException("being built");
  }

  public long revision() {
    throw new UnsupportedOperationException("being built");
  }

  /** {@link io.kvorum.model.Revision#NEVER_COMPACTED} in a store that never was. */
  public long compactedRevision() {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * Reads keys. May read from disk, so not on a network thread.
   *
   * @throws io.kvorum.model.RequestException COMPACTED or FUTURE_REVISION
   */
  public Result.Range range(RangeQuery query) {
    throw new UnsupportedOperationException("being built");
  }

  /** As {@link #range}, but null if it would read from disk or look at more than a few keys. */
  public Result.@Nullable Range rangeIfCheap(RangeQuery query) {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * What was written from {@code fromRevision} on, in order, up to the published revision; whole
   * revisions only, and at least one if there is any. May read from disk.
   *
   * @throws io.kvorum.model.RequestException COMPACTED if {@code fromRevision} was compacted
   */
  public Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes) {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * The version of the key just before the change at {@code modRevision}; null if there was none or
   * it has been compacted. May read from disk.
   */
  public @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
    throw new UnsupportedOperationException("being built");
  }

  /** Completes when the space of everything below {@code revision} has been given up. */
  public CompletableFuture<Void> compactionFinished(long revision) {
    throw new UnsupportedOperationException("being built");
  }

  public StoreStats stats() {
    throw new UnsupportedOperationException("being built");
  }

  /** What the history takes on disk: {@link StoreStats#allocatedBytes}, cheap to ask for. */
  public long allocatedBytes() {
    throw new UnsupportedOperationException("being built");
  }

  /** The log index up to which the history on disk contains everything. */
  public long durableIndex() {
    throw new UnsupportedOperationException("being built");
  }

  // The engine thread.

  /** Starts a transaction at the next revision. One at a time. */
  public WriteTxn begin() {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * Compacts logically: reads below {@code revision} fail from now on. The space is given up later,
   * in slices.
   *
   * @throws io.kvorum.model.RequestException COMPACTED or FUTURE_REVISION
   */
  public void compact(long revision) {
    throw new UnsupportedOperationException("being built");
  }

  /** Compacts a few hundred keys of the index; true if more wait. */
  public boolean compactSlice() {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * Ends an entry of the log: makes its revisions visible to readers and hands its changes, with
   * changed facts, to the history thread. Waits if too much is unwritten.
   */
  public void commit(long index, long term, Map<String, @Nullable Bytes> facts) {
    throw new UnsupportedOperationException("being built");
  }

  /** Writes out what is unwritten, stops the history thread, closes the history. */
  @Override
  public void close() throws IOException {
    throw new UnsupportedOperationException("being built");
  }
}
