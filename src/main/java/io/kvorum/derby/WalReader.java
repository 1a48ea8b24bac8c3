package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog.Entry;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads entries from any thread, over a separate connection.
 *
 * <p>It reads uncommitted rows on purpose: it never waits for the writer, and sees what has been
 * appended and not yet flushed. The checksum of the entry guards against an incomplete row.
 *
 * <p>Held by: DerbyWalContractTest.
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

    /** The first entry that is in a later table than this one. */
    long endOf(Part part) {
      for (Part other : parts) {
        if (other.first() > part.first()) {
          return other.first();
        }
      }
      return Long.MAX_VALUE;
    }
  }

  private final WalCheck check;
  private final Connection connection;
  private final Map<String, PreparedStatement> selects = new HashMap<>();
  private volatile Layout layout = new Layout(List.of());
  private volatile long last;

  WalReader(DerbyDatabase database) throws SQLException {
    this.check = new WalCheck(database);
    this.connection = database.connect();
    connection.setTransactionIsolation(Connection.TRANSACTION_READ_UNCOMMITTED);
  }

  /** Called by the Raft thread. */
  void layoutIs(List<Part> parts, long lastIndex) {
    layout = new Layout(parts);
    last = lastIndex;
  }

  /** Called by the Raft thread. */
  void lastIs(long lastIndex) {
    last = lastIndex;
  }

  Entry read(long index) throws IOException, SQLException {
    return read(index, 1, 0).get(0);
  }

  /** Ends with the table at the latest. */
  List<Entry> read(long first, int maxEntries, long maxBytes) throws IOException, SQLException {
    Layout now = layout;
    try {
      return read(now, first, maxEntries, maxBytes);
    } catch (IOException | SQLException failure) {
      if (layout == now) {
        throw failure;
      }
      // The table was rewritten into another one.
      return read(layout, first, maxEntries, maxBytes);
    }
  }

  private List<Entry> read(Layout now, long first, int maxEntries, long maxBytes)
      throws IOException, SQLException {
    long lastNow = last;
    Part part = first > lastNow ? null : now.partOf(first);
    if (part == null) {
      throw new IOException("the write-ahead log holds no entry " + first);
    }
    long end = Math.min(Math.min(lastNow + 1, now.endOf(part)), first + Math.max(1, maxEntries));
    return select(part.table(), first, end, maxBytes);
  }

  private synchronized List<Entry> select(String table, long first, long end, long maxBytes)
      throws IOException, SQLException {
    PreparedStatement select = selects.get(table);
    if (select == null) {
      select =
          connection.prepareStatement(
              "SELECT IDX, SEQ, TERM, TOTAL, CRC, DATA FROM "
                  + table
                  + " WHERE IDX >= ? AND IDX < ? ORDER BY IDX, SEQ");
      selects.put(table, select);
    }
    select.setLong(1, first);
    select.setLong(2, end);
    List<Entry> entries = new ArrayList<>();
    long bytes = 0;
    try (ResultSet rows = select.executeQuery()) {
      for (long index = first; index < end && (index == first || bytes < maxBytes); index++) {
        Entry entry = check.next(rows, table);
        if (entry == null || entry.index() != index) {
          throw check.damaged(table, "entry " + index + " is missing");
        }
        bytes += entry.payload().length;
        if (index == first || bytes <= maxBytes) {
          entries.add(entry);
        }
      }
    }
    return entries;
  }

  synchronized void close() throws SQLException {
    connection.close();
  }
}
