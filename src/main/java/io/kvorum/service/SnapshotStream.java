package io.kvorum.service;

import io.kvorum.backup.SnapshotExport;
import io.kvorum.model.RequestException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a snapshot file ahead of its client, by a few blobs, on a thread for that: the client takes
 * them without blocking, and what it does not take is not read. While there are many writers it
 * reads at a pace that leaves them their core. Thread-safe.
 *
 * <p>Held by: StoreServiceTest, MaintenanceIT.
 */
public final class SnapshotStream implements AutoCloseable {
  private static final int READ_AHEAD_BLOBS = 16;

  private final Executor readers;
  private final ReadingPace pace;
  private final Scheduler scheduler;
  private final Runnable wake;
  private final Queue<SnapshotExport.Blob> ready = new ArrayDeque<>();
  private @Nullable SnapshotExport export;
  private @Nullable Throwable failure;
  private boolean isReading;
  private long pauseNanos;
  private boolean isAtEnd;
  private boolean isClosed;

  /**
   * @param pace of the reading
   * @param scheduler keeps that pace
   */
  SnapshotStream(
      CompletableFuture<SnapshotExport> opening,
      Executor readers,
      ReadingPace pace,
      Scheduler scheduler,
      Runnable wake) {
    this.readers = readers;
    this.pace = pace;
    this.scheduler = scheduler;
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
    long pause;
    synchronized (this) {
      if (isReading || isAtEnd || isClosed || export == null || failure != null) {
        return;
      }
      if (ready.size() > READ_AHEAD_BLOBS / 2) {
        return;
      }
      isReading = true;
      pause = pauseNanos;
      pauseNanos = 0;
    }
    if (pause == 0) {
      beginReading();
    } else {
      scheduler.runAfter(Duration.ofNanos(pause), this::beginReading);
    }
  }

  private void beginReading() {
    try {
      readers.execute(this::read);
    } catch (RejectedExecutionException | RequestException stopping) {
      fail(stopping);
    }
  }

  private void read() {
    long began = scheduler.nanoTime();
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
    synchronized (this) {
      pauseNanos = pace.pauseAfter(began);
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
