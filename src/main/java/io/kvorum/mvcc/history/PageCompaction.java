package io.kvorum.mvcc.history;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import io.kvorum.mvcc.history.PageReader.DecodedPage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites pages without the changes that a compaction has dropped, and joins small ones. Confined
 * to the history thread, which calls it between its batches, one small transaction at a time.
 *
 * <p>It goes from the oldest page to the newest, and that matters: when a tombstone is dropped,
 * what it deleted has been dropped before. So a history whose compaction was interrupted anywhere
 * never shows a deleted key as living. For the same reason a tombstone is dropped only if it lies
 * below the revision that this pass is for, even if the index has been compacted further meanwhile.
 *
 * <p>Pages are joined whole, see {@link PageDirectory}.
 *
 * <p>Held by: PageCompactionTest, MvccStoreModelTest.
 */
public final class PageCompaction {
  static final int PAGE_BYTES = 24 * 1024;

  private static final int SMALL_BYTES = PAGE_BYTES / 2;

  /** About how many pages one transaction replaces: at most twice as many. */
  private static final int PAGES_PER_STEP = 16;

  /** How many small pages may be at the end of the history before they are joined. */
  private static final int SMALL_TAIL = 32;

  /** So many revisions are found faster with an array of all pages, which has to be made first. */
  private static final int WORTH_A_LOOKUP = 1_000;

  /** Knows which changes are still wanted. Thread-safe. */
  public interface Index {
    boolean contains(Bytes key, long main, int sub);
  }

  /** Makes every compact revision that the index knows durable. */
  public interface Barrier {
    void beforeDropping() throws IOException;
  }

  private final CurrentHistory history;
  private final Index index;
  private final PageDirectory directory;
  private final PageReader pages;

  private boolean active;
  private boolean isAtEnd;
  private long target;
  private Revision cursor = new Revision(0, 0);
  private int smallTail;

  /** Kept while many revisions are looked up. */
  private @Nullable PageLookup lookup;

  public PageCompaction(
      CurrentHistory history, Index index, PageDirectory directory, PageReader pages) {
    this.history = history;
    this.index = index;
    this.directory = directory;
    this.pages = pages;
  }

  /**
   * Notes that changes, which must have been written, are no longer needed.
   *
   * @param mains their revisions, in any order
   * @param subs the same number
   */
  public void noteDropped(long[] mains, int[] subs) {
    if (mains.length < WORTH_A_LOOKUP) {
      for (int i = 0; i < mains.length; i++) {
        directory.noteDropped(new Revision(mains[i], subs[i]));
      }
      return;
    }
    PageLookup known = lookup;
    if (known == null || known.isOutdated(directory)) {
      known = PageLookup.of(directory);
      lookup = known;
    }
    for (int i = 0; i < mains.length; i++) {
      directory.noteDropped(known.holding(mains[i], subs[i]), mains[i], subs[i]);
    }
  }

  public boolean isActive() {
    return active;
  }

  /** The compact revision that the pass is for. */
  public long target() {
    return target;
  }

  public void begin(long compactRevision) {
    target = compactRevision;
    cursor = new Revision(0, 0);
    active = true;
    isAtEnd = false;
    lookup = null;
  }

  /**
   * One transaction; the pass is over when it is not active afterwards. What the barrier writes may
   * not join pages meanwhile: they may be those that this step replaces.
   */
  public void step(Barrier barrier) throws IOException {
    List<List<StoredPage>> runs = nextRuns();
    if (!runs.isEmpty()) {
      Rewriting rewriting = new Rewriting(true);
      for (List<StoredPage> run : runs) {
        rewriting.join(run);
      }
      barrier.beforeDropping();
      rewriting.execute();
    }
    if (isAtEnd) {
      active = false;
      lookup = null;
      history.get().releaseFreeSpace();
    }
  }

  /**
   * Joins the pages at the end of the history when there are many small ones.
   *
   * @param mayRewrite false to leave it for the next time
   */
  public void afterAppend(List<StoredPage> added, boolean mayRewrite) throws IOException {
    for (StoredPage page : added) {
      smallTail = page.bytes() < SMALL_BYTES ? smallTail + 1 : 0;
    }
    if (!mayRewrite || active || smallTail < SMALL_TAIL) {
      return;
    }
    List<StoredPage> run = new ArrayList<>();
    long bytes = 0;
    for (StoredPage page : directory.lastPages(smallTail)) {
      if (bytes + page.bytes() > PAGE_BYTES && !run.isEmpty()) {
        joinAll(run);
        run.clear();
        bytes = 0;
      }
      run.add(page);
      bytes += page.bytes();
    }
    joinAll(run);
    smallTail = 1;
  }

  private void joinAll(List<StoredPage> run) throws IOException {
    if (run.size() > 1) {
      Rewriting rewriting = new Rewriting(false);
      rewriting.join(run);
      rewriting.execute();
    }
  }

  /** Stretches of neighbouring pages, each to become one page, if it works out as estimated. */
  private List<List<StoredPage>> nextRuns() {
    List<List<StoredPage>> runs = new ArrayList<>();
    List<StoredPage> run = new ArrayList<>();
    int planned = 0;
    int liveBytes = 0;
    for (StoredPage page : directory.from(cursor)) {
      boolean candidate = page.dead() > 0 || page.bytes() < SMALL_BYTES;
      if (!candidate
          || run.size() == PAGES_PER_STEP
          || liveBytes + page.estimatedLiveBytes() > PAGE_BYTES) {
        if (isWorthRewriting(run)) {
          runs.add(run);
          planned += run.size();
        }
        run = new ArrayList<>();
        liveBytes = 0;
        if (planned >= PAGES_PER_STEP) {
          cursor = page.first();
          return runs;
        }
      }
      if (candidate) {
        run.add(page);
        liveBytes += page.estimatedLiveBytes();
      }
    }
    if (isWorthRewriting(run)) {
      runs.add(run);
    }
    isAtEnd = true;
    return runs;
  }

  private static boolean isWorthRewriting(List<StoredPage> run) {
    return run.size() > 1 || (run.size() == 1 && run.get(0).dead() > 0);
  }

  /** One transaction of the history. */
  private final class Rewriting {
    private final boolean drops;
    private final PageJoiner joiner;
    private final List<Revision> removed = new ArrayList<>();
    private final List<StoredPage> outdated = new ArrayList<>();

    Rewriting(boolean drops) {
      this.drops = drops;
      this.joiner = new PageJoiner(index, target, drops);
    }

    void join(List<StoredPage> run) throws IOException {
      for (StoredPage page : run) {
        if (!canBeDropped(page)) {
          List<Change> all = read(page);
          PageJoiner.Kept kept = joiner.keep(page, all);
          if (run.size() == 1 && kept.changes().size() == all.size()) {
            directory.found(page, kept.found());
            return;
          }
          joiner.add(kept);
        }
        removed.add(page.first());
        outdated.add(page);
      }
      joiner.emit();
    }

    void execute() throws IOException {
      if (removed.isEmpty()) {
        return;
      }
      directory.beginRewrite();
      try {
        history.get().rewrite(removed, joiner.pages());
        directory.exchange(outdated, joiner.entries());
      } finally {
        directory.endRewrite();
      }
      outdated.forEach(pages::forget);
    }

    /** Without being read; tombstones stay from the target on. */
    private boolean canBeDropped(StoredPage page) {
      return drops && page.isWhollyDead() && page.last().main() < target;
    }

    private List<Change> read(StoredPage page) throws IOException {
      DecodedPage decoded = pages.readUncached(page);
      if (decoded == null) {
        throw new IOException("history page " + page.first() + " is missing");
      }
      return decoded.changes();
    }
  }
}
