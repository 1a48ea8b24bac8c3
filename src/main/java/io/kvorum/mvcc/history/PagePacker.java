package io.kvorum.mvcc.history;

import io.kvorum.model.Change;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import java.util.ArrayList;
import java.util.List;

/**
 * Fills pages with changes, in order. A change that is too big for a page gets a page to itself.
 * Confined to one thread.
 *
 * <p>Held by: MvccStoreTest, PageCompactionTest.
 */
public final class PagePacker {
  private final List<RevisionHistory.Page> pages = new ArrayList<>();
  private final List<StoredPage> entries = new ArrayList<>();
  private final List<Change> content = new ArrayList<>();
  private int bytes;

  public void add(Change change) {
    int more = PageCodec.encodedBytes(change);
    if (bytes + more > PageCompaction.PAGE_BYTES) {
      emit();
    }
    content.add(change);
    bytes += more;
  }

  public void finish() {
    emit();
  }

  public List<RevisionHistory.Page> pages() {
    return pages;
  }

  /** The same pages as the directory knows them. */
  public List<StoredPage> entries() {
    return entries;
  }

  private void emit() {
    if (content.isEmpty()) {
      return;
    }
    Revision first = content.get(0).revision();
    byte[] data = PageCodec.encode(content);
    pages.add(new RevisionHistory.Page(first, data));
    entries.add(new StoredPage(content, data.length, EtcdRecord.bytes(content)));
    content.clear();
    bytes = 0;
  }
}
