package io.kvorum.derby;

import io.kvorum.model.Revision;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Pools connections that read single pages: created when needed, kept, at most a given number at a
 * time. Thread-safe.
 *
 * <p>Isolation is READ COMMITTED with row locks: a reader waits only for a transaction that is
 * replacing this very page, and then sees the page as it was before or as it is after.
 *
 * <p>Held by: DerbyHistoryContractTest.
 */
final class PageReaders implements AutoCloseable {

  private static final class Reader {
    private final Connection connection;
    private final PreparedStatement select;

    Reader(DerbyDatabase database) throws SQLException {
      connection = database.connect();
      select = connection.prepareStatement("SELECT DATA FROM PAGE WHERE MAIN = ? AND SUB = ?");
    }

    byte @Nullable [] read(Revision first) throws SQLException {
      select.setLong(1, first.main());
      select.setInt(2, first.sub());
      try (ResultSet rows = select.executeQuery()) {
        return rows.next() ? rows.getBytes(1) : null;
      }
    }
  }

  private final DerbyDatabase database;
  private final int limit;
  private final Semaphore permits;
  private final Deque<Reader> idle = new ArrayDeque<>();

  PageReaders(DerbyDatabase database, int limit) {
    this.database = database;
    this.limit = limit;
    this.permits = new Semaphore(limit);
  }

  byte @Nullable [] read(Revision first) throws SQLException {
    permits.acquireUninterruptibly();
    try {
      Reader reader = take();
      byte[] data = reader.read(first);
      giveBack(reader);
      return data;
    } finally {
      permits.release();
    }
  }

  private Reader take() throws SQLException {
    synchronized (idle) {
      if (!idle.isEmpty()) {
        return idle.removeLast();
      }
    }
    return new Reader(database);
  }

  private void giveBack(Reader reader) {
    synchronized (idle) {
      idle.addLast(reader);
    }
  }

  /** Waits for readers that are still reading. */
  @Override
  public void close() throws SQLException {
    permits.acquireUninterruptibly(limit);
    synchronized (idle) {
      for (Reader reader : idle) {
        reader.connection.close();
      }
      idle.clear();
    }
  }
}
