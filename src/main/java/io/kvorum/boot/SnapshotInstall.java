package io.kvorum.boot;

import io.kvorum.apply.Applier;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.peer.SnapshotTarget;
import io.kvorum.support.Log;
import io.kvorum.watch.WatchHub;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Replaces this member's store by a snapshot from another member:
 *
 * <ol>
 *   <li>the snapshot is staged in a history directory beside the current one;
 *   <li>the state machine switches to the staged store, and serves it;
 *   <li>its directory becomes the current one, durably: until then a restart recovers the former
 *       store;
 *   <li>the watch hub continues from the new store's revision;
 *   <li>once no reader holds the former history open, its directory is deleted.
 * </ol>
 *
 * Staging runs on a worker, {@link #install} on the Raft thread.
 *
 * <p>Held by: LeftBehindIT.
 */
final class SnapshotInstall implements SnapshotTarget {
  private static final Log LOG = Log.of(SnapshotInstall.class);

  private final Applier applier;
  private final HistoryDirectories directories;
  private final MvccStore store;
  private final WatchHub hub;
  private final DirectoryStagingArea staging;

  /**
   * @param histories opens the history in a directory
   */
  SnapshotInstall(
      HistoryDirectories directories,
      Function<Path, RevisionHistory> histories,
      MvccStore store,
      Applier applier,
      WatchHub hub) {
    this.applier = applier;
    this.directories = directories;
    this.store = store;
    this.hub = hub;
    this.staging =
        new DirectoryStagingArea(directories, place -> store.stage(histories.apply(place)));
  }

  @Override
  public SnapshotStaging open() {
    store.cancelDefragmentation().join();
    return staging.open();
  }

  @Override
  public boolean clear() throws IOException {
    return staging.clear();
  }

  @Override
  public void install(SnapshotStaging staged) throws IOException {
    applier.install(staged);
    directories.makeCurrent();
    hub.restored();
    store.formerHistoriesClosed().whenCompleteAsync((closed, failure) -> deleteFormer(failure));
  }

  private void deleteFormer(@Nullable Throwable failure) {
    try {
      if (failure != null) {
        throw new IOException("the former history was not closed", failure);
      }
      directories.deleteFormer();
    } catch (IOException e) {
      LOG.warning("cannot delete the former history; the next start deletes it", e);
    }
  }
}
