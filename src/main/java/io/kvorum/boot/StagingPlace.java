package io.kvorum.boot;

import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.mvcc.RevisionHistory;
import io.kvorum.mvcc.StagedStore;
import io.kvorum.peer.StagedStores;
import java.io.IOException;
import java.util.function.Function;

/**
 * Where a state gathers that comes from another member: a history of its own, beside the current
 * one.
 *
 * @param staging makes a staged store of that history
 */
record StagingPlace(HistoryDirectories directories, Function<RevisionHistory, StagedStore> staging)
    implements StagedStores {

  @Override
  public StagedStore open() {
    return staging.apply(new DerbyHistory(directories.incoming()));
  }

  @Override
  public boolean clear() throws IOException {
    return directories.deleteUnusable();
  }
}
