package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog.Entry;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads single entries, from any thread, with a connection of its own.
 *
 * <p>It reads uncommitted rows on purpose: it never waits for the writer, and sees what has been
 * appended and not yet flushed. The checksum of the entry guards against a row that is half there.
 */
final class WalReader {

  /** A table and the first entry in it. */
  record Part(String table, long first) {}

  private record Layout(List<Part> parts) {
    @Nullable Part partOf(long index) {
      Part found = null;
      for (Part part : parts) {
        if (part.first() <= index) {
          found = part;
        }
      }
      return found;
    }
  }

  private final WalCheck check;
  private final Connection connection;
  private final Map<String, PreparedStatement> selects = new HashMap<>();
  private volatile Layout layout = new Layout(List.of());
  private volatile long last;

  WalReader(DerbyDatabase database) throws SQLException {
    this.check = new WalCheck(database.directory());
    this.connection = database.connect();
    connection.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
  }

  /** Called by the engine thread. */
  void layoutIs(List<Part> parts, long lastIndex) {
    layout = new Layout(parts);
    last = lastIndex;
  }

  /** Called by the engine thread. */
  void lastIs(long lastIndex) {
    last = lastIndex;
  }

  Entry read(long index) throws IOException, SQLException {
    Part part = index > last ? null : layout.partOf(index);
    if (part == null) {
      throw new IOException("the write-ahead log holds no entry " + index);
    }
    synchronized (this) {
      PreparedStatement select = selects.get(part.table());
      if (select == null) {
        select =
            connection.prepareStatement(
                "SELECT IDX, SEQ, TERM, TOTAL, CRC, DATA FROM "
                    + part.table()
                    + " WHERE IDX = ? ORDER BY SEQ");
        selects.put(part.table(), select);
      }
      select.setLong(1, index);
      try (ResultSet rows = select.executeQuery()) {
        Entry entry = check.next(rows, part.table());
        if (entry == null) {
          throw check.damaged(part.table(), "entry " + index + " is missing");
        }
        return entry;
      }
    }
  }

  synchronized void close() throws SQLException {
    connection.close();
  }
}
