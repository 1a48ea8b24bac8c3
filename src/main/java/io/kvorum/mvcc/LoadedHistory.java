package io.kvorum.mvcc;

import io.kvorum.model.Revision;
import java.io.IOException;

/**
 * A history that is open, and the index that was built from it: all that a store needs to begin.
 *
 * @param foundDead true if pages hold what a compaction wanted to drop
 */
record LoadedHistory(
    RevisionHistory history,
    StoreParts parts,
    MvccStore.Recovered recovered,
    long revision,
    long compactedRevision,
    long livingKeys,
    boolean foundDead) {

  /** Opens the history and reads all of it. */
  static LoadedHistory load(RevisionHistory history, StoreSettings settings) throws IOException {
    RevisionHistory.Recovered found = history.open();
    StoreParts parts = StoreParts.create(history, settings);
    HistoryLoader loader =
        new HistoryLoader(parts.keys(), parts.directory(), Facts.compactRevision(found.facts()));
    history.scan(loader);
    return of(history, parts, loader, found);
  }

  /** After the loader has seen every page. */
  static LoadedHistory of(
      RevisionHistory history,
      StoreParts parts,
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
