package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.derby.files.DatabaseFiles;
import io.kvorum.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the write-ahead log in an embedded Derby database.
 *
 * <p>Entries go into tables of about 64 MB, the segments, one after the other; a segment that is no
 * longer needed is truncated and reused. Derby opens its transaction log with O_DSYNC, so a commit
 * is on disk when it returns: {@link #flush} is a commit.
 *
 * <pre>
 *   WAL_1  [ 4,001 …  8,120 ]   all of it was discarded: truncated, free
 *   WAL_2  [ 8,121 … 12,377 ]
 *   WAL_0  [12,378 … 13,002 ]   current: append goes here
 * </pre>
 *
 * <p>Threads as the port requires: the Raft thread owns the writing connection; readers share
 * another one and do not wait for the writer. After an {@link IOException} of a writing method
 * every further one fails as well.
 */
public final class DerbyWal implements WriteAheadLog {
  private static final int FIRST_SEGMENTS = 3;

  /** An entry of the usual size is written by one call. */
  private static final int LOG_BUFFER_BYTES = 1 << 20;

  private final DerbyDatabase database;
  private final GuardedTables<WalTables> log;

  public DerbyWal(Path directory) {
    this(directory, WalSettings.DEFAULT);
  }

  public DerbyWal(Path directory, WalSettings settings) {
    this(directory, settings, Sealing.off());
  }

  /**
   * @param sealing what the payloads are sealed with
   */
  public DerbyWal(Path directory, Sealing sealing) {
    this(directory, WalSettings.DEFAULT, sealing);
  }

  DerbyWal(Path directory, WalSettings settings, Sealing sealing) {
    this.database = new DerbyDatabase(directory, settings(settings), sealing);
    this.log =
        new GuardedTables<>(
            "the write-ahead log", database, opened -> new WalTables(opened, settings));
  }

  static DerbyDatabase.Settings databaseSettings() {
    return settings(WalSettings.DEFAULT);
  }

  private static DerbyDatabase.Settings settings(WalSettings settings) {
    return new DerbyDatabase.Settings("log", tables(), settings.pageCachePages(), LOG_BUFFER_BYTES);
  }

  private static List<String> tables() {
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
    return log.open(WalTables::recover);
  }

  @Override
  public void append(Entry entry) throws IOException {
    log.write("appending entry " + entry.index(), wal -> wal.append(entry));
  }

  /**
   * Seals everything anew that is not sealed as new entries are: in the clear, or with another key.
   * When it returns nothing of that is left in any file, unless the keys were replaced meanwhile.
   * Any thread, one at a time; entries are appended meanwhile.
   *
   * @throws IOException if it was given up; the log is what it was, and the next attempt begins
   */
  public void rewrite() throws IOException {
    log.read(
        "rewriting what is sealed with former keys",
        wal -> {
          wal.rewrite();
          return true;
        });
  }

  /** Waits until no table is being created or truncated; for tests. */
  void awaitKeeper() {
    log.tables().awaitKeeper();
  }

  @Override
  public void flush() throws IOException {
    log.write("flushing", WalTables::flush);
  }

  @Override
  public void truncateFrom(long index) throws IOException {
    log.write("truncating from entry " + index, wal -> wal.truncateFrom(index));
  }

  @Override
  public void saveTerm(int term, @Nullable String votedFor) throws IOException {
    log.write("saving term " + term, wal -> wal.saveTerm(term, votedFor));
  }

  @Override
  public void saveMembers(byte[] members) throws IOException {
    log.write("saving the members", wal -> wal.saveMembers(members));
  }

  @Override
  public void discardUpTo(long index) throws IOException {
    log.write("discarding up to entry " + index, wal -> wal.discardUpTo(index));
  }

  @Override
  public Recovered reset(long index, int term) throws IOException {
    return log.change("resetting to entry " + index, wal -> wal.reset(index, term));
  }

  @Override
  public Entry read(long index) throws IOException {
    return log.read("reading entry " + index, wal -> wal.read(index));
  }

  @Override
  public List<Entry> read(long first, int maxEntries, long maxBytes) throws IOException {
    return log.read(
        "reading entries from " + first + " on", wal -> wal.read(first, maxEntries, maxBytes));
  }

  @Override
  public long sizeBytes() {
    return DatabaseFiles.sizeBytes(database.directory());
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
