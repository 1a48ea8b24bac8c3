package io.kvorum.mvcc;

import io.kvorum.model.Change;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageDirectory;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import io.kvorum.mvcc.history.PageReader;
import io.kvorum.mvcc.history.PageReader.DecodedPage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads changes, revision by revision, from memory and from the pages.
 *
 * <p>Confined to one thread; an object reads one stretch. It takes a revision only when it is sure
 * to have all of it; see {@link PageDirectory} for what may happen to pages meanwhile.
 */
final class ChangeReader {
  private final RecentChanges recent;
  private final PageDirectory directory;
  private final PageReader pages;
  private final long last;
  private final int maxRevisions;
  private final long maxBytes;

  private final List<Change> changes = new ArrayList<>();
  private long next;
  private int revisions;
  private long bytes;

  /**
   * @param last the last revision to read
   */
  ChangeReader(
      RecentChanges recent,
      PageDirectory directory,
      PageReader pages,
      long last,
      int maxRevisions,
      long maxBytes) {
    this.recent = recent;
    this.directory = directory;
    this.pages = pages;
    this.last = last;
    this.maxRevisions = maxRevisions;
    this.maxBytes = maxBytes;
  }

  /** Null if a revision is not there, which is when it was compacted away meanwhile. */
  MvccStore.@Nullable Changes readFrom(long first) {
    next = first;
    while (next <= last && !isFull()) {
      if (recent.forEach(next, this::take)) {
        endOfRevision();
      } else if (!readPages()) {
        return null;
      }
    }
    return new MvccStore.Changes(changes, next - 1);
  }

  private boolean isFull() {
    return revisions > 0 && (revisions >= maxRevisions || bytes >= maxBytes);
  }

  private void take(Change change) {
    changes.add(change);
    bytes += RecentChanges.weight(change) + change.kv().key().length();
  }

  private void endOfRevision() {
    revisions++;
    next++;
  }

  /** Takes at least the next revision; false if it is not there. */
  private boolean readPages() {
    while (true) {
      long version = directory.version();
      long complete = directory.completeThrough();
      int before = changes.size();
      long bytesBefore = bytes;
      if (next <= complete && readPages(complete)) {
        return true;
      }
      while (changes.size() > before) {
        changes.remove(changes.size() - 1);
      }
      bytes = bytesBefore;
      if (next <= complete && (version & 1) == 0 && directory.version() == version) {
        return false;
      }
      Thread.yield();
    }
  }

  private boolean readPages(long complete) {
    Revision wanted = new Revision(next, 0);
    StoredPage page = directory.holding(wanted);
    if (page == null) {
      page = directory.after(wanted);
    }
    if (page == null) {
      return false;
    }
    // First which page follows, then the content: so what a rewriting has joined is seen twice
    // rather than not at all.
    StoredPage following = directory.after(page.first());
    DecodedPage content = pages.read(page);
    if (content == null) {
      return false;
    }
    if (following != null && following.first().main() <= next) {
      return takeOneRevision(page);
    }
    long end = following == null ? Long.MAX_VALUE : following.first().main();
    return takeWholeRevisions(content, Math.min(Math.min(complete, last) + 1, end));
  }

  /** Those that the page has all of, below the given end. */
  private boolean takeWholeRevisions(DecodedPage content, long end) {
    List<Change> all = content.changes();
    int place = content.firstAtOrAfter(next, 0);
    boolean took = false;
    while (place < all.size()
        && next < end
        && all.get(place).kv().modRevision() == next
        && !isFull()) {
      for (; place < all.size() && all.get(place).kv().modRevision() == next; place++) {
        take(all.get(place));
      }
      endOfRevision();
      took = true;
    }
    return took;
  }

  /**
   * A revision that may be spread over several pages. One of them may be the old form of another,
   * so that they overlap.
   */
  private boolean takeOneRevision(StoredPage first) {
    StoredPage page = first;
    int nextSub = 0;
    while (page != null && page.first().main() <= next) {
      StoredPage following = directory.after(page.first());
      DecodedPage content = pages.read(page);
      if (content == null) {
        return false;
      }
      List<Change> all = content.changes();
      for (int place = content.firstAtOrAfter(next, nextSub);
          place < all.size() && all.get(place).kv().modRevision() == next;
          place++) {
        take(all.get(place));
        nextSub = all.get(place).sub() + 1;
      }
      page = following;
    }
    if (nextSub > 0) {
      endOfRevision();
    }
    return nextSub > 0;
  }
}
