package io.kvorum.derby;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;

/**
 * Writes consecutive entries of the log into one table: one row per chunk, key (IDX, SEQ). Guarded
 * by the monitor of {@link WalTables}, or confined to one thread.
 *
 * <p>Held by: DerbyWalContractTest, DerbyWalRewritingTest.
 */
final class WalSegment {
  static final String TABLE_PREFIX = "WAL_";

  /** What goes into one row; the longest type that Derby keeps in a row is 32,672 bytes. */
  static final int CHUNK_BYTES = 16_000;

  final String table;
  private final PreparedStatement insert;
  private long first;
  private long last;
  private long bytes;
  private long changes;

  WalSegment(String table, Connection connection) throws SQLException {
    this.table = table;
    this.insert = connection.prepareStatement(insertInto(table));
  }

  static String insertInto(String table) {
    return "INSERT INTO " + table + " VALUES (?, ?, ?, ?, ?, ?)";
  }

  static String createTable(String table) {
    return "CREATE TABLE "
        + table
        + " (IDX BIGINT NOT NULL, SEQ INT NOT NULL, TERM INT NOT NULL, TOTAL INT NOT NULL,"
        + " CRC INT NOT NULL, DATA VARCHAR("
        + CHUNK_BYTES
        + ") FOR BIT DATA NOT NULL, PRIMARY KEY (IDX, SEQ))";
  }

  /** Makes it an empty segment whose first entry will have that index. */
  void startAt(long index) {
    first = index;
    last = index - 1;
    bytes = 0;
    changes++;
  }

  void restore(long firstIndex, long lastIndex, long payloadBytes) {
    first = firstIndex;
    last = lastIndex;
    bytes = payloadBytes;
    changes++;
  }

  /**
   * @param payload sealed, if it is to be
   */
  void insert(long index, int term, byte[] payload) throws SQLException {
    int crc = WalCheck.checksum(index, term, payload);
    int seq = 0;
    int offset = 0;
    do {
      int end = Math.min(payload.length, offset + CHUNK_BYTES);
      insert.setLong(1, index);
      insert.setInt(2, seq);
      insert.setInt(3, term);
      insert.setInt(4, payload.length);
      insert.setInt(5, crc);
      insert.setBytes(
          6, end - offset == payload.length ? payload : Arrays.copyOfRange(payload, offset, end));
      insert.executeUpdate();
      seq++;
      offset = end;
    } while (offset < payload.length);
    last = index;
    bytes += payload.length;
    changes++;
  }

  /** After the rows from {@code index} on have been deleted. */
  void cutFrom(long index) {
    last = Math.max(first - 1, index - 1);
    changes++;
  }

  long first() {
    return first;
  }

  long last() {
    return last;
  }

  long bytes() {
    return bytes;
  }

  /** How often it has changed: it holds the same entries only while this stays the same. */
  long changes() {
    return changes;
  }
}
