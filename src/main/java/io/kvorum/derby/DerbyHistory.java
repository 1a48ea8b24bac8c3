package io.kvorum.derby;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The revision history in an embedded Derby database.
 *
 * <p>A page is one row of PAGE, a fact one row of FACT, and APPLIED has a single row with the index
 * and term of the last batch; all that a batch changes is one transaction. For people there is the
 * view REVISIONS, one row per change.
 *
 * <p>Threads as the port says: the history thread owns the writing connection, readers have a pool
 * of their own. After an {@link IOException} of a writing method every further one fails as well.
 */
public final class DerbyHistory implements RevisionHistory {

  /** One thing to do with an open history. */
  private interface Step {
    void run(OpenHistory history) throws IOException, SQLException;
  }

  private final DerbyDatabase database;
  private final HistorySettings settings;
  private volatile @Nullable OpenHistory opened;
  private @Nullable IOException failure;

  public DerbyHistory(Path directory) {
    this(directory, HistorySettings.DEFAULT);
  }

  public DerbyHistory(Path directory, HistorySettings settings) {
    this.database =
        new DerbyDatabase(
            directory, new DerbyDatabase.Settings(OpenHistory.SCHEMA, settings.pageCachePages()));
    this.settings = settings;
  }

  /**
   * Checks the files of the history, if there are any, and changes none; {@link #open} relies on it
   * then.
   *
   * @throws IOException if one is damaged, or another process holds the database
   */
  public void verify() throws IOException {
    database.verify();
  }

  @Override
  public Recovered open() throws IOException {
    if (opened != null) {
      throw new IllegalStateException("already open");
    }
    database.open();
    try {
      OpenHistory history = new OpenHistory(database, settings);
      Recovered recovered = history.recover();
      opened = history;
      return recovered;
    } catch (SQLException e) {
      throw closedAfter(database.failedToOpen("opening the history", e));
    } catch (IOException e) {
      throw closedAfter(e);
    }
  }

  private IOException closedAfter(IOException failed) {
    try {
      database.close();
    } catch (IOException e) {
      failed.addSuppressed(e);
    }
    return failed;
  }

  @Override
  public void scan(PageVisitor visitor) throws IOException {
    write("scanning the table PAGE", history -> history.scan(visitor));
  }

  @Override
  public void append(Batch batch) throws IOException {
    write("appending up to index " + batch.appliedIndex(), history -> history.append(batch));
  }

  @Override
  public void rewrite(List<Revision> removed, List<Page> added) throws IOException {
    write("rewriting pages", history -> history.rewrite(removed, added));
  }

  @Override
  public byte @Nullable [] readPage(Revision first) throws IOException {
    try {
      return history().readPage(first);
    } catch (SQLException e) {
      throw SqlFailures.io(
          database.directory(), "reading the page (" + first.main() + ", " + first.sub() + ")", e);
    }
  }

  @Override
  public Map<String, Bytes> facts() throws IOException {
    Map<String, Bytes> facts = new TreeMap<>();
    write("reading the facts", history -> facts.putAll(history.facts()));
    return facts;
  }

  @Override
  public void clear() throws IOException {
    write("clearing the history", OpenHistory::clear);
  }

  @Override
  public Size size() {
    return history().size();
  }

  @Override
  public void releaseFreeSpace() throws IOException {
    write("releasing free space", OpenHistory::releaseFreeSpace);
  }

  @Override
  public void close() throws IOException {
    OpenHistory history = opened;
    if (history == null) {
      return;
    }
    opened = null;
    try {
      history.close();
    } catch (SQLException e) {
      IOException failed = SqlFailures.io(database.directory(), "closing", e);
      if (failure == null) {
        throw failed;
      }
      failure.addSuppressed(failed);
    } finally {
      database.close();
    }
  }

  private void write(String doing, Step step) throws IOException {
    if (failure != null) {
      throw new IOException("the history has failed before: " + failure.getMessage(), failure);
    }
    try {
      step.run(history());
    } catch (SQLException e) {
      failure = SqlFailures.io(database.directory(), doing, e);
      throw failure;
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  private OpenHistory history() {
    OpenHistory history = opened;
    if (history == null) {
      throw new IllegalStateException("the history is not open");
    }
    return history;
  }
}
