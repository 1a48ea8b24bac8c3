package io.kvorum.boot;

import io.kvorum.derby.HistoryDirectories;
import io.kvorum.mvcc.FreshHistory;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Provides the directory beside the current one as the place that the store is defragmented into.
 *
 * <p>Held by: MaintenanceIT, HistoryDirectoriesTest.
 */
final class DefragmentedHistory implements FreshHistory {
  private final HistoryDirectories directories;
  private final Function<Path, RevisionHistory> histories;
  private volatile @Nullable Path copy;

  /**
   * @param histories makes the history in a directory, not open yet
   */
  DefragmentedHistory(HistoryDirectories directories, Function<Path, RevisionHistory> histories) {
    this.directories = directories;
    this.histories = histories;
  }

  @Override
  public RevisionHistory create() throws IOException {
    Path place = directories.beginMove();
    RevisionHistory history = histories.apply(place);
    try {
      history.open();
    } catch (IOException e) {
      directories.endMove(place);
      throw e;
    }
    copy = place;
    return history;
  }

  @Override
  public void makeCurrent() throws IOException {
    directories.makeCurrent();
  }

  @Override
  public void deleteFormer() throws IOException {
    directories.deleteFormer();
    end();
  }

  @Override
  public void discard() throws IOException {
    end();
  }

  private void end() throws IOException {
    Path place = copy;
    if (place != null) {
      directories.endMove(place);
    }
  }
}
