package io.kvorum.mvcc.history;

import io.kvorum.model.Change;
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

  /**
   * Notes that compaction wants to drop a change, which has been written.
   *
   * @param page the one that the change is in, unless it has been dropped already; may be null
   */
  void noteDropped(@Nullable StoredPage page, long main, int sub) {
    if (page != null && !page.endsBefore(main, sub)) {
      setDead(page, page.dead + 1);
    }
  }

  /** The same, of one change. */
  public void noteDropped(Revision revision) {
    noteDropped(holding(revision), revision.main(), revision.sub());
  }

  /** Notes how many dead changes were found in the page when it was read. */
  void found(StoredPage page, int dead) {
    page.isCountExact &= dead == page.dead;
    setDead(page, dead);
  }

  private void setDead(StoredPage page, int dead) {
    long before = page.estimatedLiveBytes();
    page.dead = dead;
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
    private final Revision last;
    private final int changes;
    private final int bytes;
    private final int recordBytes;

    /** Written by the history thread alone, as is what follows. */
    private int dead;

    private boolean isCountExact;

    /**
     * A page without dead changes.
     *
     * @param bytes as packed
     * @param recordBytes as {@linkplain EtcdRecord etcd's records}
     */
    public StoredPage(List<Change> content, int bytes, int recordBytes) {
      this(content, bytes, recordBytes, 0, true);
    }

    StoredPage(List<Change> content, int bytes, int recordBytes, int dead, boolean isCountExact) {
      this.first = content.get(0).revision();
      this.last = content.get(content.size() - 1).revision();
      this.changes = content.size();
      this.bytes = bytes;
      this.recordBytes = recordBytes;
      this.dead = dead;
      this.isCountExact = isCountExact;
    }

    public Revision first() {
      return first;
    }

    Revision last() {
      return last;
    }

    boolean endsBefore(long main, int sub) {
      return last.main() < main || (last.main() == main && last.sub() < sub);
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

    /** How many of the changes compaction wants to drop, as far as that has been noted. */
    int dead() {
      return dead;
    }

    /**
     * Whether {@link #dead()} counts changes of this page alone, each once. It does until the page
     * is rewritten without a change whose drop has not been noted yet.
     */
    boolean isCountExact() {
      return isCountExact;
    }

    /** Whether nothing of it is wanted any more; false if that is not certain. */
    boolean isWhollyDead() {
      return isCountExact && dead == changes;
    }

    /** What would be left of it without its dead changes, if all were of one size. */
    int estimatedLiveBytes() {
      long live = Math.max(0, changes - dead);
      return changes == 0 ? 0 : (int) (bytes * live / changes);
    }
  }
}
