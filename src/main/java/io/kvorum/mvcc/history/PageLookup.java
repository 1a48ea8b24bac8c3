package io.kvorum.mvcc.history;

import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies the first revisions of all pages into an array, which finds the pages of millions of
 * revisions many times faster than the directory does. It is right until pages are rewritten; those
 * that were added later it finds in the directory. Confined to the history thread.
 */
final class PageLookup {
  private final PageDirectory directory;
  private final long version;
  private final long[] firstMains;
  private final StoredPage[] pages;

  private PageLookup(PageDirectory directory, List<StoredPage> inOrder) {
    this.directory = directory;
    this.version = directory.version();
    this.pages = inOrder.toArray(new StoredPage[0]);
    this.firstMains = inOrder.stream().mapToLong(page -> page.first().main()).toArray();
  }

  static PageLookup of(PageDirectory directory) {
    return new PageLookup(directory, new ArrayList<>(directory.from(new Revision(0, 0))));
  }

  boolean isOutdated(PageDirectory of) {
    return directory != of || version != of.version();
  }

  /** As {@link PageDirectory#holding}. */
  @Nullable StoredPage holding(long main, int sub) {
    int last = pages.length - 1;
    if (last < 0 || pages[last].endsBefore(main, sub)) {
      return directory.holding(new Revision(main, sub));
    }
    int low = 0;
    int high = last;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (firstMains[middle] <= main) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    // A revision with many changes may begin several pages.
    while (high >= 0 && firstMains[high] == main && pages[high].first().sub() > sub) {
      high--;
    }
    return high < 0 ? null : pages[high];
  }
}
