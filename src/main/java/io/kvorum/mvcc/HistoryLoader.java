package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.PageDirectory;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.index.KeyIndex;
import io.kvorum.mvcc.index.KeyTable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Builds the index from the pages of a history, as compacted as it has to be: of each key it keeps
 * the last change at or below the compact revision and everything later. What it leaves out it
 * marks as dead in the page, so that an interrupted compaction can be resumed.
 *
 * <p>Held by: SnapshotStagingTest, MvccStoreModelTest.
 */
final class HistoryLoader implements RevisionHistory.PageVisitor {
  private final KeyTable keys;
  private final PageDirectory directory;
  private final long compactedRevision;
  private final Map<Bytes, Long> leaseOfKey = new TreeMap<>();
  private Revision last = new Revision(0, 0);
  private boolean foundDead;

  HistoryLoader(KeyTable keys, PageDirectory directory, long compactedRevision) {
    this.keys = keys;
    this.directory = directory;
    this.compactedRevision = compactedRevision;
  }

  @Override
  public void visit(RevisionHistory.Page page) throws IOException {
    take(page, decode(page));
  }

  /**
   * Takes a page whose changes are known.
   *
   * @param outline of that page
   */
  void take(RevisionHistory.Page page, PageCodec.Outline outline) throws IOException {
    List<Change> changes = outline.changes();
    directory.add(new StoredPage(changes, page.data().length, outline.recordBytes()));
    for (Change change : changes) {
      if (change.revision().compareTo(last) <= 0) {
        throw damaged(page, change.revision() + " comes after " + last);
      }
      last = change.revision();
      load(change, page);
    }
  }

  /** The last change; (0, 0) in an empty history. */
  Revision last() {
    return last;
  }

  boolean foundDead() {
    return foundDead;
  }

  Map<Bytes, Long> leaseOfKey() {
    return leaseOfKey;
  }

  private void load(Change change, RevisionHistory.Page page) throws IOException {
    KeyValue kv = change.kv();
    KeyIndex index = keys.get(kv.key());
    if (kv.modRevision() <= compactedRevision) {
      if (index != null) {
        markDead(index.modRevision(0), index.sub(0));
      }
      if (kv.isTombstone() && kv.modRevision() < compactedRevision) {
        keys.removeUnordered(kv.key());
        markDead(kv.modRevision(), change.sub());
      } else {
        keys.putUnordered(KeyIndex.startingWith(change.sub(), kv));
      }
    } else if (index == null) {
      if (!kv.isCreation()) {
        throw damaged(page, "what came before " + change.revision() + " is missing");
      }
      keys.putUnordered(KeyIndex.startingWith(change.sub(), kv));
    } else {
      index.append(kv.modRevision(), change.sub(), kv.isTombstone());
      int position = index.size() - 1;
      if (index.version(position) != kv.version()
          || index.createRevision(position) != kv.createRevision()) {
        throw damaged(page, "the version at " + change.revision() + " does not follow the last");
      }
    }
    if (kv.lease() == 0) {
      leaseOfKey.remove(kv.key());
    } else {
      leaseOfKey.put(kv.key(), kv.lease());
    }
  }

  private void markDead(long main, int sub) {
    foundDead = true;
    directory.noteDropped(new Revision(main, sub));
  }

  /** The changes of a page, without values. */
  static PageCodec.Outline decode(RevisionHistory.Page page) throws IOException {
    PageCodec.Outline outline;
    try {
      outline = PageCodec.outline(page.data());
    } catch (IllegalArgumentException e) {
      throw damaged(page, String.valueOf(e.getMessage()));
    }
    List<Change> changes = outline.changes();
    if (changes.isEmpty() || !changes.get(0).revision().equals(page.first())) {
      throw damaged(page, "its first change is another one");
    }
    return outline;
  }

  private static IOException damaged(RevisionHistory.Page page, String what) {
    return new IOException(
        "revision history: page "
            + page.first().main()
            + "."
            + page.first().sub()
            + " is damaged: "
            + what);
  }

  /**
   * A history that is open, and the index that was built from it: all that a store needs to begin.
   *
   * @param foundDead true if pages hold what a compaction wanted to drop
   */
  record LoadedHistory(
      RevisionHistory history,
      StoreInstance.Parts parts,
      MvccStore.Recovered recovered,
      long revision,
      long compactedRevision,
      long livingKeys,
      boolean foundDead) {

    /** Opens the history and reads all of it. */
    static LoadedHistory load(RevisionHistory history, StoreSettings settings) throws IOException {
      RevisionHistory.Recovered found = history.open();
      StoreInstance.Parts parts = StoreInstance.Parts.create(history, settings);
      HistoryLoader loader =
          new HistoryLoader(parts.keys(), parts.directory(), Facts.compactRevision(found.facts()));
      history.scan(loader);
      return of(history, parts, loader, found);
    }

    /** After the loader has seen every page. */
    static LoadedHistory of(
        RevisionHistory history,
        StoreInstance.Parts parts,
        HistoryLoader loader,
        RevisionHistory.Recovered found)
        throws IOException {
      parts.keys().order();
      return new LoadedHistory(
          history,
          parts,
          new MvccStore.Recovered(
              found.appliedIndex(),
              found.appliedTerm(),
              found.facts(),
              loader.leaseOfKey(),
              Facts.installedIndex(found.facts())),
          Math.max(
              Math.max(loader.last().main(), Revision.EMPTY_STORE), Facts.revision(found.facts())),
          Facts.compactRevision(found.facts()),
          parts.keys().countLiving(),
          loader.foundDead());
    }
  }
}
