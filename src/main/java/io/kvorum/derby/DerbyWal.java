package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The write-ahead log in an embedded Derby database.
 *
 * <p>Entries go into tables of about 64 MB, the segments, one after the other; a segment that is
 * not needed any more is truncated and used again. Derby opens its transaction log with O_DSYNC, so
 * a commit is on disk when it returns: {@link #flush} is a commit.
 *
 * <pre>
 *   WAL_1  [ 4,001 …  8,120 ]   all of it may go: truncated, free
 *   WAL_2  [ 8,121 … 12,377 ]
 *   WAL_0  [12,378 … 13,002 ]   current: append goes here
 * </pre>
 *
 * <p>Threads as the port says: the engine thread owns the writing connection, readers share one of
 * their own and do not wait for the writer. After an {@link IOException} of a writing method every
 * further one fails as well.
 */
public final class DerbyWal implements WriteAheadLog {
  private static final int FIRST_SEGMENTS = 3;

  /** One thing to do with an open log. */
  private interface Step {
    void run(OpenWal wal) throws IOException, SQLException;
  }

  private final DerbyDatabase database;
  private final WalSettings settings;
  private volatile @Nullable OpenWal opened;
  private @Nullable IOException failure;

  public DerbyWal(Path directory) {
    this(directory, WalSettings.DEFAULT);
  }

  public DerbyWal(Path directory, WalSettings settings) {
    this.database =
        new DerbyDatabase(
            directory, new DerbyDatabase.Settings(schema(), settings.pageCachePages()));
    this.settings = settings;
  }

  private static List<String> schema() {
    List<String> statements = new ArrayList<>();
    statements.add(WalMeta.CREATE_TABLE);
    statements.addAll(List.of(SegmentKeeper.SCHEMA));
    for (int number = 0; number < FIRST_SEGMENTS; number++) {
      statements.add(WalSegment.createTable(WalSegment.TABLE_PREFIX + number));
    }
    return statements;
  }

  /**
   * Checks the files of the log, if there are any, and changes none; {@link #open} relies on it
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
      OpenWal wal = new OpenWal(database, settings);
      Recovered recovered = wal.recover();
      opened = wal;
      return recovered;
    } catch (SQLException e) {
      throw closedAfter(database.failedToOpen("verifying the log", e));
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
  public void append(Entry entry) throws IOException {
    write("appending entry " + entry.index(), wal -> wal.append(entry));
  }

  /** Waits until no table is being made or emptied; for tests. */
  void awaitKeeper() {
    wal().awaitKeeper();
  }

  @Override
  public void flush() throws IOException {
    write("flushing", OpenWal::flush);
  }

  @Override
  public void truncateFrom(long index) throws IOException {
    write("truncating from entry " + index, wal -> wal.truncateFrom(index));
  }

  @Override
  public void saveTerm(int term, @Nullable String votedFor) throws IOException {
    write("saving term " + term, wal -> wal.saveTerm(term, votedFor));
  }

  @Override
  public void saveMembers(byte[] members) throws IOException {
    write("saving the members", wal -> wal.saveMembers(members));
  }

  @Override
  public void discardUpTo(long index) throws IOException {
    write("discarding up to entry " + index, wal -> wal.discardUpTo(index));
  }

  @Override
  public Recovered reset(long index, int term) throws IOException {
    write("resetting to entry " + index, wal -> wal.reset(index, term));
    try {
      return wal().recovered(term);
    } catch (SQLException e) {
      failure = SqlFailures.io(database.directory(), "reading what was reset", e);
      throw failure;
    }
  }

  @Override
  public Entry read(long index) throws IOException {
    try {
      return wal().read(index);
    } catch (SQLException e) {
      throw SqlFailures.io(database.directory(), "reading entry " + index, e);
    }
  }

  @Override
  public List<Entry> read(long first, int maxEntries, long maxBytes) throws IOException {
    try {
      return wal().read(first, maxEntries, maxBytes);
    } catch (SQLException e) {
      throw SqlFailures.io(database.directory(), "reading entries from " + first + " on", e);
    }
  }

  @Override
  public long sizeBytes() {
    return DatabaseFiles.sizeBytes(database.directory());
  }

  @Override
  public void close() throws IOException {
    OpenWal wal = opened;
    if (wal == null) {
      return;
    }
    opened = null;
    try {
      wal.close();
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
      throw new IOException(
          "the write-ahead log has failed before: " + failure.getMessage(), failure);
    }
    try {
      step.run(wal());
    } catch (SQLException e) {
      failure = SqlFailures.io(database.directory(), doing, e);
      throw failure;
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  private OpenWal wal() {
    OpenWal wal = opened;
    if (wal == null) {
      throw new IllegalStateException("the write-ahead log is not open");
    }
    return wal;
  }
}
