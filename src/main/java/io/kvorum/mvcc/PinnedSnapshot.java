package io.kvorum.mvcc;

import io.kvorum.model.Revision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pages that were durable at one moment. New pages only come after them, and as long as
 * this is open none is rewritten.
 */
final class PinnedSnapshot implements StoreSnapshot {
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
      throw new IOException("another store has taken the place of the one that was read", e);
    }
    if (data == null) {
      refuseIfClosed();
      throw new IOException("history page " + page.first() + " is missing");
    }
    return new RevisionHistory.Page(page.first(), data);
  }

  private void refuseIfClosed() throws IOException {
    if (closed.get()) {
      throw new IOException("the reading of the store has been closed");
    }
  }

  @Override
  public void close() {
    if (!closed.getAndSet(true)) {
      onClose.run();
    }
  }
}
