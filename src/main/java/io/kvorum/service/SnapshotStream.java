package io.kvorum.service;

import io.kvorum.backup.SnapshotExport;
import io.kvorum.model.RequestException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a snapshot file ahead of its client, by a few blobs, on a thread for that: the client takes
 * them without blocking, and what it does not take is not read. Thread-safe.
 *
 * <p>Held by: StoreServiceTest, MaintenanceIT.
 */
public final class SnapshotStream implements AutoCloseable {
  private static final int READ_AHEAD_BLOBS = 16;

  private final Executor readers;
  private final Runnable wake;
  private final Queue<SnapshotExport.Blob> ready = new ArrayDeque<>();
  private @Nullable SnapshotExport export;
  private @Nullable Throwable failure;
  private boolean isReading;
  private boolean isAtEnd;
  private boolean isClosed;

  SnapshotStream(CompletableFuture<SnapshotExport> opening, Executor readers, Runnable wake) {
    this.readers = readers;
    this.wake = wake;
    opening.whenComplete(this::opened);
  }

  private void opened(@Nullable SnapshotExport opened, @Nullable Throwable refusal) {
    synchronized (this) {
      if (opened == null) {
        failure = refusal;
      } else if (isClosed) {
        opened.close();
      } else {
        export = opened;
      }
    }
    readOn();
    wake.run();
  }

  /** The next blob; null if there is none now, and then {@code wake} will be called. */
  public SnapshotExport.@Nullable Blob poll() {
    SnapshotExport.Blob next;
    synchronized (this) {
      next = ready.poll();
    }
    readOn();
    return next;
  }

  /** True once the last blob has been taken. */
  public synchronized boolean isOver() {
    return isAtEnd && ready.isEmpty();
  }

  /** Why there will be no more blobs; null as long as there may be. */
  public synchronized @Nullable Throwable failure() {
    return ready.isEmpty() ? failure : null;
  }

  private void readOn() {
    synchronized (this) {
      if (isReading || isAtEnd || isClosed || export == null || failure != null) {
        return;
      }
      if (ready.size() > READ_AHEAD_BLOBS / 2) {
        return;
      }
      isReading = true;
    }
    try {
      readers.execute(this::read);
    } catch (RejectedExecutionException | RequestException stopping) {
      fail(stopping);
    }
  }

  private void read() {
    SnapshotExport source;
    synchronized (this) {
      source = export;
    }
    try {
      for (int i = 0; source != null && i < READ_AHEAD_BLOBS && !isOverOrClosed(); i++) {
        add(source.next());
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
      return;
    }
    finishReading();
    wake.run();
  }

  private synchronized boolean isOverOrClosed() {
    return isAtEnd || isClosed;
  }

  private synchronized void add(SnapshotExport.@Nullable Blob blob) {
    if (blob == null) {
      isAtEnd = true;
    } else {
      ready.add(blob);
    }
  }

  private void fail(Throwable cause) {
    synchronized (this) {
      failure = cause;
    }
    finishReading();
    wake.run();
  }

  /** Closes the export if nobody will read on. */
  private synchronized void finishReading() {
    isReading = false;
    SnapshotExport open = export;
    if (open != null && (isClosed || isAtEnd || failure != null)) {
      open.close();
      export = null;
    }
  }

  /** Ends the reading; may be called more than once. */
  @Override
  public synchronized void close() {
    isClosed = true;
    ready.clear();
    SnapshotExport open = export;
    if (open != null && !isReading) {
      open.close();
      export = null;
    }
  }
}
