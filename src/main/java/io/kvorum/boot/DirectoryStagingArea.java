package io.kvorum.boot;

import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.peer.StagingArea;
import java.io.IOException;
import java.util.function.Function;

/**
 * Receives a snapshot from another member into a history database beside the current one.
 *
 * @param staging stages a store over that history
 */
record DirectoryStagingArea(
    HistoryDirectories directories, Function<RevisionHistory, SnapshotStaging> staging)
    implements StagingArea {

  @Override
  public SnapshotStaging open() {
    return staging.apply(new DerbyHistory(directories.incoming()));
  }

  @Override
  public boolean clear() throws IOException {
    return directories.deleteUnusable();
  }
}
