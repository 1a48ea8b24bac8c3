package io.kvorum.mvcc.history;

import io.kvorum.model.Revision;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Knows which pages the history holds, by their first revision.
 *
 * <p>The history thread writes it after the history itself has changed, so for a moment a reader
 * can look for a page that is gone. These rules hold:
 *
 * <ul>
 *   <li>Rewriting joins whole pages: what {@code readPage} gives for a page of an outdated
 *       directory is either nothing, or holds at least what is alive of that page.
 *   <li>{@link #version()} is odd while pages are being rewritten, and another one afterwards. A
 *       reader that found nothing tries again until the version is even and the same as before it
 *       looked.
 *   <li>New pages are entered before old ones are taken out, so the page at or below a living
 *       revision is always one that holds or held it.
 * </ul>
 *
 * <p>Held by: ChangeReaderTest, PageCompactionTest, MvccStoreConcurrencyTest.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written by the history thread alone
public final class PageDirectory {
  private final ConcurrentSkipListMap<Revision, StoredPage> pages = new ConcurrentSkipListMap<>();
  private volatile long version;
  private volatile long completeThrough;

  /** Written by the history thread alone. */
  private volatile long heldBytes;

  /** The page that holds the revision, if any does. */
  public @Nullable StoredPage holding(Revision revision) {
    Map.Entry<Revision, StoredPage> entry = pages.floorEntry(revision);
    return entry == null ? null : entry.getValue();
  }

  /** The next page after the revision. */
  public @Nullable StoredPage after(Revision revision) {
    Map.Entry<Revision, StoredPage> entry = pages.higherEntry(revision);
    return entry == null ? null : entry.getValue();
  }

  /** The newest pages, oldest first. */
  List<StoredPage> lastPages(int count) {
    List<StoredPage> newest =
        new ArrayList<>(pages.descendingMap().values().stream().limit(count).toList());
    Collections.reverse(newest);
    return newest;
  }

  /** All pages from the one with this first revision on, in order. */
  public Collection<StoredPage> from(Revision first) {
    return pages.tailMap(first).values();
  }

  public long version() {
    return version;
  }

  /** Every revision up to this one is in the pages of this directory. */
  public long completeThrough() {
    return completeThrough;
  }

  public void completeThrough(long revision) {
    completeThrough = revision;
  }

  /** What the pages hold that is not compacted, as packed; an estimate. */
  public long heldBytes() {
    return heldBytes;
  }

  public void add(StoredPage page) {
    pages.put(page.first(), page);
    heldBytes += page.estimatedLiveBytes();
  }

  /** Notes that compaction wants to drop so many more changes of the page. */
  public void addDead(StoredPage page, int count) {
    long before = page.estimatedLiveBytes();
    page.dead += count;
    heldBytes += page.estimatedLiveBytes() - before;
  }

  void beginRewrite() {
    version++;
  }

  /** Between {@link #beginRewrite} and {@link #endRewrite}, after the history was changed. */
  void exchange(List<StoredPage> removed, List<StoredPage> added) {
    for (StoredPage page : added) {
      add(page);
    }
    for (StoredPage page : removed) {
      pages.remove(page.first(), page);
      heldBytes -= page.estimatedLiveBytes();
    }
  }

  void endRewrite() {
    version++;
  }

  /**
   * Describes a page of the history. Its identity is that of the page's content: a page that is
   * rewritten is another object, even under the same first revision.
   */
  public static final class StoredPage {
    private final Revision first;
    private final int changes;
    private final int bytes;
    private final int recordBytes;

    /** How many of the changes compaction wants to drop; written by the history thread alone. */
    private int dead;

    public StoredPage(Revision first, int changes, int bytes, int recordBytes) {
      this(first, changes, bytes, recordBytes, 0);
    }

    StoredPage(Revision first, int changes, int bytes, int recordBytes, int dead) {
      this.first = first;
      this.changes = changes;
      this.bytes = bytes;
      this.recordBytes = recordBytes;
      this.dead = dead;
    }

    public Revision first() {
      return first;
    }

    public int bytes() {
      return bytes;
    }

    public int changes() {
      return changes;
    }

    /** What its changes take as {@linkplain EtcdRecord etcd's records}. */
    public int recordBytes() {
      return recordBytes;
    }

    /** What one of its changes takes, if all are of one size; more than its value. */
    public int averageBytes() {
      return changes == 0 ? 0 : bytes / changes;
    }

    int dead() {
      return dead;
    }

    /** What would be left of it without its dead changes, if all were of one size. */
    int estimatedLiveBytes() {
      long live = Math.max(0, changes - dead);
      return changes == 0 ? 0 : (int) (bytes * live / changes);
    }
  }
}
