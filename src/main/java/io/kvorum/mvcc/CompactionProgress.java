package io.kvorum.mvcc;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Tracks how far pages have been compacted, and completes what waits for that. Thread-safe.
 *
 * <p>Held by: MvccStoreTest.
 */
final class CompactionProgress {
  private final TreeMap<Long, CompletableFuture<Void>> waiting = new TreeMap<>();
  private long finished;
  private boolean stopped;

  CompactionProgress(long finished) {
    this.finished = finished;
  }

  synchronized long finished() {
    return finished;
  }

  /** Completes when the revision is reached; fails with STOPPED if it never will be. */
  synchronized CompletableFuture<Void> reaching(long revision) {
    if (revision <= finished) {
      return CompletableFuture.completedFuture(null);
    }
    if (stopped) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED));
    }
    return waiting.computeIfAbsent(revision, r -> new CompletableFuture<>()).copy();
  }

  void reached(long revision) {
    List<CompletableFuture<Void>> done;
    synchronized (this) {
      finished = revision;
      Map<Long, CompletableFuture<Void>> reached = waiting.headMap(revision, true);
      done = new ArrayList<>(reached.values());
      reached.clear();
    }
    done.forEach(future -> future.complete(null));
  }

  void stop() {
    List<CompletableFuture<Void>> left;
    synchronized (this) {
      stopped = true;
      left = new ArrayList<>(waiting.values());
      waiting.clear();
    }
    left.forEach(f -> f.completeExceptionally(new RequestException(ErrorCode.STOPPED)));
  }
}
