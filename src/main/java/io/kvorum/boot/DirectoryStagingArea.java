package io.kvorum.boot;

import io.kvorum.derby.HistoryDirectories;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.peer.StagingArea;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * Receives a snapshot from another member into a history database beside the current one.
 *
 * @param staging stages a store over the history in a directory
 */
record DirectoryStagingArea(HistoryDirectories directories, Function<Path, SnapshotStaging> staging)
    implements StagingArea {

  @Override
  public SnapshotStaging open() {
    return staging.apply(directories.incoming());
  }

  @Override
  public boolean clear() throws IOException {
    return directories.deleteUnusable();
  }
}
