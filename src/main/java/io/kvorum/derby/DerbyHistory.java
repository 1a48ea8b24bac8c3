package io.kvorum.derby;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the revision history in an embedded Derby database.
 *
 * <p>A page is one row of PAGE, a fact one row of FACT, and APPLIED has a single row with the index
 * and term of the last batch; all that a batch changes is one transaction. For ad-hoc queries there
 * is the view REVISIONS, one row per change.
 *
 * <p>Threads as the port requires: the history thread owns the writing connection, readers have a
 * pool. After an {@link IOException} of a writing method every further one fails as well.
 */
public final class DerbyHistory implements RevisionHistory {
  /** Nobody waits for the history: it may be written in more parts than the log. */
  private static final int LOG_BUFFER_BYTES = 256 << 10;

  private final DerbyDatabase database;
  private final GuardedTables<HistoryTables> history;

  public DerbyHistory(Path directory) {
    this(directory, HistorySettings.DEFAULT);
  }

  public DerbyHistory(Path directory, HistorySettings settings) {
    this(directory, settings, Sealing.off());
  }

  /**
   * @param sealing what pages and facts are sealed with
   */
  public DerbyHistory(Path directory, Sealing sealing) {
    this(directory, HistorySettings.DEFAULT, sealing);
  }

  DerbyHistory(Path directory, HistorySettings settings, Sealing sealing) {
    this.database = new DerbyDatabase(directory, settings(settings), sealing);
    this.history =
        new GuardedTables<>("the history", database, opened -> new HistoryTables(opened, settings));
  }

  static DerbyDatabase.Settings databaseSettings() {
    return settings(HistorySettings.DEFAULT);
  }

  private static DerbyDatabase.Settings settings(HistorySettings settings) {
    return new DerbyDatabase.Settings(
        "history", HistoryTables.SCHEMA, settings.pageCachePages(), LOG_BUFFER_BYTES);
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
    return history.open(HistoryTables::recover);
  }

  @Override
  public void scan(PageVisitor visitor) throws IOException {
    history.write("scanning the table PAGE", tables -> tables.scan(visitor));
  }

  @Override
  public void append(Batch batch) throws IOException {
    history.write("appending up to index " + batch.appliedIndex(), tables -> tables.append(batch));
  }

  @Override
  public void rewrite(List<Revision> removed, List<Page> added) throws IOException {
    history.write("rewriting pages", tables -> tables.rewrite(removed, added));
  }

  @Override
  public byte @Nullable [] readPage(Revision first) throws IOException {
    return history.find("reading the page " + first, tables -> tables.readPage(first));
  }

  @Override
  public Map<String, Bytes> facts() throws IOException {
    return history.change("reading the facts", HistoryTables::facts);
  }

  @Override
  public void clear() throws IOException {
    history.write("clearing the history", HistoryTables::clear);
  }

  @Override
  public long allocatedBytes() {
    return history.tables().allocatedBytes();
  }

  @Override
  public void releaseFreeSpace() throws IOException {
    history.write("releasing free space", HistoryTables::releaseFreeSpace);
  }

  @Override
  public void close() throws IOException {
    history.close();
  }
}
