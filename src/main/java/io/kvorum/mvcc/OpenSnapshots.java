package io.kvorum.mvcc;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.HistoryClosedException;
import io.kvorum.mvcc.history.PageDirectory;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import io.kvorum.mvcc.history.PageReader;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Keeps pending and open snapshots of one history. While one is open no page may be rewritten.
 *
 * <p>Thread-safe; snapshots are opened by the history thread, between two batches.
 *
 * <p>Held by: StoreSnapshotTest.
 */
final class OpenSnapshots {
  /** Pins what is durable now. */
  interface Opener {
    StoreSnapshot open(Runnable onClose) throws IOException;
  }

  private record Request(long index, CompletableFuture<StoreSnapshot> snapshot) {}

  private final Runnable wakeHistoryThread;
  private final List<Request> waiting = new ArrayList<>();
  private int open;
  private boolean stopped;

  OpenSnapshots(Runnable wakeHistoryThread) {
    this.wakeHistoryThread = wakeHistoryThread;
  }

  /** Completes on the history thread, once everything up to the index is durable. */
  CompletableFuture<StoreSnapshot> request(long index) {
    CompletableFuture<StoreSnapshot> snapshot = new CompletableFuture<>();
    synchronized (this) {
      if (stopped) {
        return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED));
      }
      waiting.add(new Request(index, snapshot));
    }
    wakeHistoryThread.run();
    return snapshot;
  }

  /** False as long as pages must stay as they are. */
  synchronized boolean isNoneOpen() {
    return open == 0;
  }

  /** Opens the snapshots that were waiting for this index. */
  void serve(long durableIndex, Opener opener) throws IOException {
    for (CompletableFuture<StoreSnapshot> due : takeDue(durableIndex)) {
      StoreSnapshot snapshot;
      try {
        snapshot = opener.open(this::closed);
      } catch (IOException | RuntimeException e) {
        due.completeExceptionally(e);
        throw e;
      }
      if (!due.complete(snapshot)) {
        snapshot.close();
      }
    }
  }

  /** Opens a snapshot at once. History thread, between two steps that rewrite pages. */
  StoreSnapshot openNow(Opener opener) throws IOException {
    synchronized (this) {
      open++;
    }
    try {
      return opener.open(this::closed);
    } catch (IOException | RuntimeException e) {
      closed();
      throw e;
    }
  }

  private synchronized List<CompletableFuture<StoreSnapshot>> takeDue(long durableIndex) {
    List<CompletableFuture<StoreSnapshot>> due = new ArrayList<>();
    for (Iterator<Request> requests = waiting.iterator(); requests.hasNext(); ) {
      Request request = requests.next();
      if (request.index() <= durableIndex) {
        due.add(request.snapshot());
        requests.remove();
      }
    }
    open += due.size();
    return due;
  }

  private void closed() {
    boolean last;
    synchronized (this) {
      open--;
      last = open == 0;
    }
    if (last) {
      wakeHistoryThread.run();
    }
  }

  /** The history thread has ended: pending requests fail with STOPPED. */
  void stop() {
    List<Request> left;
    synchronized (this) {
      stopped = true;
      left = List.copyOf(waiting);
      waiting.clear();
    }
    left.forEach(r -> r.snapshot().completeExceptionally(new RequestException(ErrorCode.STOPPED)));
  }

  /**
   * Reads the pages that were durable when it was opened. New pages only come after them, and none
   * is rewritten while this is open.
   */
  static final class PinnedSnapshot implements StoreSnapshot {
    private final Header header;
    private final PageDirectory directory;
    private final PageReader pages;
    private final @Nullable Revision lastPage;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable Revision lastGiven;

    /**
     * @param lastPage the first revision of the last page that belongs to it; null if none does
     */
    PinnedSnapshot(
        Header header,
        PageDirectory directory,
        PageReader pages,
        @Nullable Revision lastPage,
        Runnable onClose) {
      this.header = header;
      this.directory = directory;
      this.pages = pages;
      this.lastPage = lastPage;
      this.onClose = onClose;
    }

    @Override
    public Header header() {
      return header;
    }

    @Override
    public void visitPages(PageVisitor visitor) throws IOException {
      for (StoredPage page : directory.from(new Revision(0, 0))) {
        if (isWithin(page)) {
          visitor.visit(page.first(), page.changes(), page.recordBytes());
        }
      }
      refuseIfClosed();
    }

    @Override
    public List<RevisionHistory.Page> pagesAfter(Revision after, long maxBytes) throws IOException {
      StoredPage next = after.equals(lastGiven) ? null : directory.holding(after);
      if (next == null) {
        next = directory.after(after);
      }
      List<RevisionHistory.Page> found = new ArrayList<>();
      long bytes = 0;
      while (next != null
          && isWithin(next)
          && (found.isEmpty() || bytes + next.bytes() <= maxBytes)) {
        found.add(read(next));
        bytes += next.bytes();
        lastGiven = next.first();
        next = directory.after(next.first());
      }
      // Pages may have been rewritten after it was closed.
      refuseIfClosed();
      return found;
    }

    private boolean isWithin(StoredPage page) {
      return lastPage != null && page.first().compareTo(lastPage) <= 0;
    }

    private RevisionHistory.Page read(StoredPage page) throws IOException {
      byte[] data;
      try {
        data = pages.data(page);
      } catch (HistoryClosedException e) {
        throw new IOException("the store has been replaced by a snapshot of another member", e);
      }
      if (data == null) {
        refuseIfClosed();
        throw new IOException("history page " + page.first() + " is missing");
      }
      return new RevisionHistory.Page(page.first(), data);
    }

    private void refuseIfClosed() throws IOException {
      if (closed.get()) {
        throw new IOException("the snapshot of the store has been closed");
      }
    }

    @Override
    public void close() {
      if (!closed.getAndSet(true)) {
        onClose.run();
      }
    }
  }
}
