package io.kvorum.service;

import io.kvorum.backup.SnapshotExport;
import io.kvorum.meter.Histogram;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.FreshHistory;
import io.kvorum.mvcc.HashQuestion;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.support.Futures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves what concerns the store of this member as a whole: its hashes, its copy as a file, its
 * space on disk. Every call works on a snapshot, beside readers and writers. Thread-safe; nothing
 * blocks.
 *
 * <p>Held by: StoreServiceTest, MaintenanceIT.
 */
public final class StoreService {
  /** Reads a snapshot; may block. */
  private interface Reading<T> {
    T read(StoreSnapshot snapshot) throws IOException;
  }

  private final MvccStore store;
  private final Supplier<FreshHistory> places;
  private final Executor readers;
  private final Scheduler scheduler;
  private final Histogram hashes = Histogram.ofHashes();
  private final Histogram revisionHashes = Histogram.ofHashes();
  private final Histogram defragmentations = Histogram.ofDefragmentations();

  /** The defragmentation that is under way; null if there is none. */
  private final AtomicReference<@Nullable CompletableFuture<Void>> defragmenting =
      new AtomicReference<>();

  /**
   * How long the calls took that read the whole store, so far.
   *
   * @param hashes of whole databases
   * @param revisionHashes of what a store holds up to a revision
   * @param isDefragmenting whether it is being done now
   */
  public record Times(
      Histogram.Snapshot hashes,
      Histogram.Snapshot revisionHashes,
      Histogram.Snapshot defragmentations,
      boolean isDefragmenting) {}

  /**
   * @param places where the store may move to, another one each time
   * @param readers runs what reads the whole store from disk
   * @param scheduler keeps the pace of that
   */
  StoreService(
      MvccStore store, Supplier<FreshHistory> places, Executor readers, Scheduler scheduler) {
    this.store = store;
    this.places = places;
    this.readers = readers;
    this.scheduler = scheduler;
  }

  /** The pace at which one reader of the whole store leaves writers their core. */
  ReadingPace newPace() {
    return new ReadingPace(store::revision, scheduler::nanoTime);
  }

  /**
   * Hashes what the store holds up to a revision. If that is one to which the store was compacted,
   * and what the compaction found was kept, as in etcd that is the answer.
   *
   * @param revision 0 for the current one; below that nothing is hashed
   * @return fails with COMPACTED or FUTURE_REVISION
   */
  public CompletableFuture<RevisionHash> hashKv(long revision) {
    RevisionHash found = store.compactionHashes().at(revision);
    return found == null ? compute(revision) : CompletableFuture.completedFuture(found);
  }

  private CompletableFuture<RevisionHash> compute(long revision) {
    if (revision < 0) {
      return CompletableFuture.completedFuture(
          RevisionHash.ofNothing(revision, store.compactedRevision()));
    }
    if (revision > 0 && revision < store.compactedRevision()) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    if (revision > store.revision()) {
      throw new RequestException(ErrorCode.FUTURE_REVISION);
    }
    return timed(
            revisionHashes,
            snapshot ->
                store.hash(snapshot, revision == 0 ? snapshot.header().revision() : revision))
        .exceptionallyCompose(
            failure ->
                isCompacted(failure) ? compute(revision) : CompletableFuture.failedFuture(failure));
  }

  /**
   * Answers another member, or a check of this one. What is not of a compaction is computed now, at
   * the compact revision of now.
   *
   * @return fails with COMPACTED or FUTURE_REVISION if there is no such hash
   */
  public CompletableFuture<StoreHash> answer(HashQuestion question) {
    if (!question.isOfCompaction()) {
      return compute(question.revision()).thenApply(hash -> new StoreHash(hash, store.revision()));
    }
    RevisionHash found = store.compactionHashes().at(question.revision());
    if (found == null) {
      throw new RequestException(
          question.revision() > store.compactedRevision()
              ? ErrorCode.FUTURE_REVISION
              : ErrorCode.COMPACTED);
    }
    return CompletableFuture.completedFuture(new StoreHash(found, store.revision()));
  }

  /** The hashes that the last compactions found. */
  public List<RevisionHash> compactionHashes() {
    return store.compactionHashes().newestFirst();
  }

  /** Compacted while it was hashed: it is another hash now, or there is none any more. */
  private static boolean isCompacted(Throwable failure) {
    return Futures.cause(failure) instanceof RequestException refusal
        && refusal.code() == ErrorCode.COMPACTED;
  }

  /** Hashes the whole database, as etcd would hold it. */
  public CompletableFuture<Integer> hash() {
    return timed(hashes, SnapshotExport::hash);
  }

  /**
   * Streams the store as a snapshot file.
   *
   * @param wake called when there may be something to poll, on any thread
   */
  public SnapshotStream snapshot(Runnable wake) {
    return new SnapshotStream(export(), readers, newPace(), scheduler, wake);
  }

  /** Opens the store as a snapshot file; the caller closes it. */
  public CompletableFuture<SnapshotExport> export() {
    return store.openSnapshot().thenApplyAsync(StoreService::exportOf, readers);
  }

  private static SnapshotExport exportOf(StoreSnapshot snapshot) {
    try {
      return new SnapshotExport(snapshot);
    } catch (IOException | RuntimeException e) {
      snapshot.close();
      throw e instanceof IOException io ? new UncheckedIOException(io) : (RuntimeException) e;
    }
  }

  /**
   * Moves what the store holds into a history of just that size, and gives the former one back to
   * the disk, while the store is in use.
   *
   * @return completes when it is done; joins one that is under way
   */
  public CompletableFuture<Void> defragment() {
    CompletableFuture<Void> mine = new CompletableFuture<>();
    CompletableFuture<Void> underWay = defragmenting.compareAndExchange(null, mine);
    if (underWay != null) {
      return underWay.copy();
    }
    long start = scheduler.nanoTime();
    CompletableFuture.completedFuture(null)
        .thenCompose(begin -> store.defragment(places.get()))
        .whenComplete(
            (done, failure) -> {
              defragmentations.record(scheduler.nanoTime() - start);
              defragmenting.set(null);
              if (failure == null) {
                mine.complete(null);
              } else {
                mine.completeExceptionally(failure);
              }
            });
    return mine.copy();
  }

  public Times times() {
    return new Times(
        hashes.snapshot(),
        revisionHashes.snapshot(),
        defragmentations.snapshot(),
        defragmenting.get() != null);
  }

  private <T> CompletableFuture<T> timed(Histogram durations, Reading<T> reading) {
    long start = scheduler.nanoTime();
    return read(
        snapshot -> {
          T result = reading.read(snapshot);
          durations.record(scheduler.nanoTime() - start);
          return result;
        });
  }

  private <T> CompletableFuture<T> read(Reading<T> reading) {
    return store
        .openSnapshot()
        .thenApplyAsync(
            snapshot -> {
              try (snapshot) {
                return reading.read(snapshot);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            readers);
  }
}
