package io.kvorum.boot;

import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.mvcc.RevisionHistory;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.peer.StagingArea;
import java.io.IOException;
import java.util.function.Function;

/**
 * Where a state gathers that comes from another member: a history of its own, beside the current
 * one.
 *
 * @param staging makes a staged store of that history
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
