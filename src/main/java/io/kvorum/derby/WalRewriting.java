package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.sealing.KeyList;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.Place;
import io.kvorum.sealing.RecordSealer;
import io.kvorum.support.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Seals the entries of a log anew, while others are appended. Each segment is copied into an empty
 * table, which takes its place, in one transaction with the truncation of the former one: a crash
 * leaves the one or the other. Then Derby's log is driven on until none of its files is left that
 * was there before.
 *
 * <pre>
 *   WAL_1 [4,001 … 8,120] k1  ─copied→  WAL_3 [4,001 … 8,120] k2       WAL_1 is empty, its file new
 *   WAL_2 [8,121 … 9,000] k1  ─copied→  WAL_4 [8,121 … 9,000] k2
 *   WAL_0 [9,001 … ]      k2  current
 *   log/log7.dat              deleted by a checkpoint, once log8.dat is begun
 * </pre>
 *
 * <p>Used by one thread, once.
 *
 * <p>Held by: DerbyWalRewritingTest.
 */
final class WalRewriting implements AutoCloseable {
  private static final Log LOG = Log.of(WalRewriting.class);

  /** A log file of Derby, by its number. */
  private static final Pattern LOG_FILE = Pattern.compile("log(\\d{1,18})\\.dat");

  private static final int FILLER_ROW_BYTES = 32_000;
  private static final int CHECKPOINTS = 300;
  private static final long PAUSE_MILLIS = 100;

  /**
   * Consecutive entries in one table.
   *
   * @param changes how often the segment had changed: other entries may have the same indexes later
   */
  record Segment(String table, long first, long last, long changes) {
    static Segment of(WalSegment segment) {
      return new Segment(segment.table, segment.first(), segment.last(), segment.changes());
    }
  }

  private final DerbyDatabase database;
  private final WalTables tables;
  private final SegmentKeeper keeper;
  private final RecordSealer sealer;
  private final WalCheck check;
  private final Connection connection;

  WalRewriting(DerbyDatabase database, WalTables tables, SegmentKeeper keeper) throws SQLException {
    this.database = database;
    this.tables = tables;
    this.keeper = keeper;
    this.sealer = database.sealer();
    this.check = new WalCheck(database);
    this.connection = database.connect();
    connection.setAutoCommit(false);
  }

  void run() throws IOException, SQLException {
    MasterKeys keys = sealer.keys();
    keeper.truncateEmpty();
    List<Segment> segments = tables.beginRewriting();
    KeyList begun = sealer.list();
    for (Segment segment : segments) {
      if (!copy(segment)) {
        LOG.info("{} of the log changed while it was rewritten", segment.table());
        return;
      }
    }
    keeper.awaitIdle();
    keeper.throwFailure();
    leaveLogFiles();
    if (sealer.keys().equals(keys)) {
      tables.endRewriting(begun, keys);
    }
  }

  /** Copies a segment; false if it is no longer what it was. */
  private boolean copy(Segment segment) throws IOException, SQLException {
    SegmentKeeper.Spare spare = keeper.spare();
    if (!spare.exists()) {
      keeper.alone(
          () -> {
            execute(WalSegment.createTable(spare.table()));
            connection.commit();
          });
    }
    boolean isReplaced = false;
    try {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
      WalSegment target = keeper.compiled(() -> new WalSegment(spare.table(), connection));
      target.startAt(segment.first());
      copyEntries(segment.table(), target);
      isReplaced =
          target.last() == segment.last() && tables.replace(segment, spare.table(), target.bytes());
      if (isReplaced) {
        keeper.alone(
            () -> {
              execute("TRUNCATE TABLE " + segment.table());
              connection.commit();
            });
      }
    } catch (IOException | SQLException failure) {
      if (isReplaced) {
        keeper.fail(new IOException("the rewritten log was not committed", failure));
      }
      throw failure;
    } finally {
      connection.rollback();
      if (isReplaced) {
        keeper.offerEmpty(segment.table());
      } else {
        keeper.reuse(spare.table());
      }
    }
    return isReplaced;
  }

  private void copyEntries(String table, WalSegment target) throws IOException, SQLException {
    try (PreparedStatement select = keeper.compiled(() -> check.select(connection, table));
        ResultSet rows = select.executeQuery()) {
      for (@Nullable Entry entry = check.next(rows, table);
          entry != null;
          entry = check.next(rows, table)) {
        target.insert(
            entry.index(),
            entry.term(),
            sealer.seal(entry.payload(), Place.entry(entry.index(), entry.term())));
      }
    }
  }

  /** Drives Derby's log on until its files are newer than now; other writers do the same. */
  private void leaveLogFiles() throws IOException, SQLException {
    long newestNow = logFiles().getMax();
    for (int attempt = 0; logFiles().getMin() <= newestNow; attempt++) {
      if (attempt == CHECKPOINTS) {
        throw new IOException("Derby keeps former files in " + database.directory().resolve("log"));
      }
      if (logFiles().getMax() <= newestNow) {
        fillLogFile();
      } else if (attempt > 0) {
        pause();
      }
      execute("CALL SYSCS_UTIL.SYSCS_CHECKPOINT_DATABASE()");
      connection.commit();
    }
  }

  /** Writes as much as a log file takes, and takes it back. */
  private void fillLogFile() throws SQLException {
    execute("CREATE TABLE FILLER (DATA VARCHAR(" + FILLER_ROW_BYTES + ") FOR BIT DATA)");
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO FILLER VALUES (?)")) {
      insert.setBytes(1, new byte[FILLER_ROW_BYTES]);
      for (int row = 0; row <= DerbyDatabase.LOG_FILE_BYTES / FILLER_ROW_BYTES; row++) {
        insert.executeUpdate();
      }
    }
    connection.rollback();
  }

  private LongSummaryStatistics logFiles() throws IOException {
    try (Stream<Path> files = Files.list(database.directory().resolve("log"))) {
      return files
          .map(file -> LOG_FILE.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .mapToLong(name -> Long.parseLong(name.group(1)))
          .summaryStatistics();
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.rollback();
    connection.close();
  }
}
