package io.kvorum.derby;

import io.kvorum.support.Threads;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Creates and truncates the tables of the log, on a separate thread: both create files and wait for
 * the disk several times, which the Raft thread should not.
 *
 * <p>Truncating a table and recording up to which index entries are discarded is one transaction.
 * Called by the Raft thread; a failure here is thrown there, by {@link #throwFailure}.
 *
 * <p>Held by: DerbyWalContractTest.
 */
final class SegmentKeeper {
  static final String[] SCHEMA = {
    "CREATE TABLE DISCARDED (IDX BIGINT NOT NULL, TERM INT NOT NULL)",
    "INSERT INTO DISCARDED VALUES (0, 0)"
  };

  private static final long PATIENCE_SECONDS = 60;

  private static final int MOST_ATTEMPTS = 10;

  /** So many empty tables are left for the log. */
  private static final int SPARE_FROM = 2;

  private final DerbyDatabase database;
  private final Connection connection;
  private final BlockingQueue<String> empty = new LinkedBlockingQueue<>();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Threads.daemons("kvorum-wal-segments"));
  private volatile @Nullable IOException failure;

  /** The lock of {@link #alone}; nothing else is locked while it is held. */
  private final Object catalog = new Object();

  /** Above the number of every table that there is; a number whose table failed is not reused. */
  private final AtomicInteger next = new AtomicInteger();

  SegmentKeeper(DerbyDatabase database) throws SQLException {
    this.database = database;
    this.connection = database.connect();
    connection.setAutoCommit(false);
  }

  /** Registers a table that was found; there may be gaps in their numbers. */
  void found(String table) {
    int number = Integer.parseInt(table.substring(WalSegment.TABLE_PREFIX.length()));
    next.accumulateAndGet(number + 1, Math::max);
  }

  /** Offers a table without rows; its file may hold some that were deleted. */
  void offerEmpty(String table) {
    empty.add(table);
  }

  /** Truncates the table, whose last entry is {@code last}, and then offers it again. */
  void discard(String table, long last) {
    run("discarding " + table, () -> truncate(table, last));
  }

  /**
   * Truncates the tables and records that entries are discarded up to {@code index}, in one
   * transaction that is durable when this returns; earlier discards come first.
   */
  void reset(List<String> filled, long index, int term) throws IOException {
    run("resetting to entry " + index, () -> truncateAll(filled, index, term));
    awaitIdle();
    throwFailure();
  }

  /** Offers a table again whose rows have been deleted; nothing of them stays in its file. */
  void reuse(String table) {
    run("truncating " + table, () -> truncateEmpty(table));
  }

  /**
   * Truncates all empty tables, whose files may hold rows that were deleted before a crash. Takes
   * one after the other from the log, and returns when all are back.
   */
  void truncateEmpty() throws IOException {
    int tables = empty.size();
    for (int count = 0; count < tables; count++) {
      run("truncating the empty tables", this::truncateNextEmpty);
    }
    awaitIdle();
    throwFailure();
  }

  /** An empty table that the log can do without, or the name of one that is to be created. */
  Spare spare() {
    String table = empty.size() > SPARE_FROM ? empty.poll() : null;
    return table == null ? new Spare(nextTable(), false) : new Spare(table, true);
  }

  /**
   * A table for what is rewritten.
   *
   * @param exists false if it has to be created
   */
  record Spare(String table, boolean exists) {}

  private String nextTable() {
    return WalSegment.TABLE_PREFIX + next.getAndIncrement();
  }

  /** Has the Raft thread fail with its next write. */
  void fail(IOException cause) {
    failure = cause;
  }

  /**
   * Takes an empty table. Waits if one has to be created first; has the next one created if it is
   * the last.
   */
  String take() throws IOException {
    String table = empty.poll();
    if (empty.isEmpty()) {
      String next = nextTable();
      run("making " + next, () -> create(next));
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (table == null && System.nanoTime() < deadline) {
      throwFailure();
      try {
        table = empty.poll(100, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for a table of the log", e);
      }
    }
    if (table == null) {
      throw new IOException("no table of the log became free in " + database.directory());
    }
    return table;
  }

  void throwFailure() throws IOException {
    IOException failed = failure;
    if (failed != null) {
      throw failed;
    }
  }

  /** Waits until nothing is under way, so that a test knows what comes last in Derby's log. */
  void awaitIdle() {
    CompletableFuture.runAsync(() -> {}, thread).join();
  }

  /** Finishes what is under way. */
  void close() throws SQLException {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!connection.isClosed()) {
      connection.rollback();
      connection.close();
    }
  }

  private interface Work {
    void run() throws IOException, SQLException;
  }

  private void run(String doing, Work work) {
    thread.execute(
        () -> {
          try {
            if (failure == null) {
              work.run();
            }
          } catch (SQLException e) {
            failure = SqlFailures.io(database.directory(), doing, e);
          } catch (IOException e) {
            failure = e;
          } catch (RuntimeException e) {
            failure = new IOException(doing + " failed in " + database.directory(), e);
          }
        });
  }

  private void truncate(String table, long last) throws IOException, SQLException {
    truncateAll(List.of(table), last, termOf(table, last));
  }

  private void truncateAll(List<String> filled, long last, int term) throws SQLException {
    committed(
        () -> {
          try (PreparedStatement update =
              connection.prepareStatement("UPDATE DISCARDED SET IDX = ?, TERM = ?")) {
            update.setLong(1, last);
            update.setInt(2, term);
            update.executeUpdate();
          }
          for (String table : filled) {
            execute("TRUNCATE TABLE " + table);
          }
        });
    for (String table : filled) {
      offer(table);
    }
  }

  private void truncateNextEmpty() throws SQLException {
    String table = empty.poll();
    if (table != null) {
      truncateEmpty(table);
    }
  }

  private void truncateEmpty(String table) throws SQLException {
    committed(() -> execute("TRUNCATE TABLE " + table));
    offer(table);
  }

  private void create(String table) throws SQLException {
    committed(() -> execute(WalSegment.createTable(table)));
    offer(table);
  }

  /** Compiles the insertion, which the database shares with the Raft thread, and then offers. */
  private void offer(String table) throws SQLException {
    committed(() -> connection.prepareStatement(WalSegment.insertInto(table)).close());
    empty.add(table);
  }

  /** A step in the catalog of the database. */
  interface CatalogStep {
    void run() throws SQLException;
  }

  /** Prepares a statement. */
  interface Compilation<T> {
    T run() throws SQLException;
  }

  /**
   * Does something in the catalog while this keeper does nothing there: what truncates a table and
   * what compiles a query of it may otherwise wait for each other, and Derby takes back one of
   * them.
   */
  void alone(CatalogStep step) throws SQLException {
    synchronized (catalog) {
      step.run();
    }
  }

  /** The same for the compilation of a statement. */
  <T> T compiled(Compilation<T> compilation) throws SQLException {
    synchronized (catalog) {
      return compilation.run();
    }
  }

  /** Runs a transaction to its commit; one that Derby takes back begins again. */
  private void committed(CatalogStep transaction) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        synchronized (catalog) {
          transaction.run();
          connection.commit();
        }
        return;
      } catch (SQLTransactionRollbackException takenBack) {
        connection.rollback();
        if (attempt == MOST_ATTEMPTS) {
          throw takenBack;
        }
      }
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private int termOf(String table, long last) throws IOException, SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT TERM FROM " + table + " WHERE IDX = ? AND SEQ = 0")) {
      select.setLong(1, last);
      try (ResultSet rows = select.executeQuery()) {
        if (!rows.next()) {
          throw new WalCheck(database).damaged(table, "entry " + last + " is missing");
        }
        return rows.getInt(1);
      }
    }
  }
}
