package io.kvorum.mvcc.history;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import io.kvorum.mvcc.history.PageReader.DecodedPage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies what is alive of a history into an empty one, page by page and oldest first, while the
 * former one is in use and grows. Confined to the history thread.
 *
 * <p>The copy has index 0, and is nothing by itself, until {@link #complete}. What it leaves out is
 * no longer in the index; so before it is completed, every compact revision that the index knows
 * must be durable, and what the former history has got since then is copied as it is.
 *
 * <p>Held by: DefragmentationTest, MvccStoreModelTest.
 */
public final class HistoryMove {
  private static final int STEP_BYTES = 1 << 20;

  private final RevisionHistory target;
  private final PageCompaction.Index index;
  private final PageDirectory directory;
  private final PageReader pages;
  private final long tombstonesFrom;
  private final PageDirectory copied = new PageDirectory();

  /** The first revision of the last page that was copied. */
  private Revision cursor = new Revision(0, 0);

  /**
   * @param target open and empty
   * @param directory of the former history, as are the pages; none is rewritten meanwhile
   * @param indexCompacted the revision up to which the index has been compacted as a whole
   */
  public HistoryMove(
      RevisionHistory target,
      PageCompaction.Index index,
      PageDirectory directory,
      PageReader pages,
      long indexCompacted) {
    this.target = target;
    this.index = index;
    this.directory = directory;
    this.pages = pages;
    this.tombstonesFrom = indexCompacted;
  }

  /** As {@link PageCompaction#noteDropped}. */
  public void noteDropped(long[] mains, int[] subs) {
    for (int i = 0; i < mains.length; i++) {
      copied.noteDropped(new Revision(mains[i], subs[i]));
    }
  }

  /** Whether every page has been copied. */
  public boolean hasCaughtUp() {
    return directory.after(cursor) == null;
  }

  /**
   * Copies some pages.
   *
   * @param drops false to copy them as they are
   * @throws IOException if they cannot be read or written; the former history is what it was
   */
  public void step(boolean drops) throws IOException {
    PageJoiner joiner = new PageJoiner(index, tombstonesFrom, drops);
    int bytes = 0;
    StoredPage next = directory.after(cursor);
    while (next != null && bytes < STEP_BYTES) {
      DecodedPage page = pages.readUncached(next);
      if (page == null) {
        throw new IOException("history page " + next.first() + " is missing");
      }
      joiner.add(joiner.keep(next, page.changes()));
      bytes += next.bytes();
      cursor = next.first();
      next = directory.after(cursor);
    }
    joiner.emit();
    target.append(new RevisionHistory.Batch(0, 0, joiner.pages(), Map.of()));
    joiner.entries().forEach(copied::add);
  }

  /** Makes the copy whole: a history of its own, durable, up to that entry of the log. */
  public void complete(long index, long term, Map<String, Bytes> facts) throws IOException {
    Map<String, @Nullable Bytes> all = new HashMap<>(facts);
    target.append(new RevisionHistory.Batch(index, term, List.of(), all));
  }

  /** Has all readers use the copy; when this returns, none reads from the former history. */
  public void switchOver() {
    directory.beginRewrite();
    try {
      pages.continueWith(target);
      List<StoredPage> former = new ArrayList<>(directory.from(new Revision(0, 0)));
      directory.exchange(former, List.copyOf(copied.from(new Revision(0, 0))));
    } finally {
      directory.endRewrite();
    }
  }
}
