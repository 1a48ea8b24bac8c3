package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.derby.files.Damage;
import io.kvorum.sealing.BrokenSealException;
import io.kvorum.sealing.Place;
import io.kvorum.sealing.RecordSealer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads entries from the rows of a segment, opens what is sealed, and reports what is wrong with
 * them. Stateless.
 *
 * <p>Held by: DerbyWalDamageTest.
 */
final class WalCheck {
  private final Path directory;
  private final RecordSealer sealer;

  WalCheck(DerbyDatabase database) {
    this.directory = database.directory();
    this.sealer = database.sealer();
  }

  /** What a segment holds; {@code last < first} if nothing. */
  record Content(String table, long first, long last, long bytes) {}

  /** Reads a whole segment: consecutive indexes, no chunk missing, all checksums right. */
  Content verify(Connection connection, String table) throws IOException, SQLException {
    long first = 1;
    long last = 0;
    long bytes = 0;
    try (PreparedStatement select = select(connection, table);
        ResultSet rows = select.executeQuery()) {
      Entry entry = next(rows, table);
      while (entry != null) {
        if (bytes == 0 && last == 0) {
          first = entry.index();
        } else if (entry.index() != last + 1) {
          throw damaged(table, "entry " + (last + 1) + " is missing");
        }
        last = entry.index();
        bytes += entry.payload().length;
        entry = next(rows, table);
      }
    }
    return new Content(table, first, last, bytes);
  }

  /** Selects all rows of a segment, for {@link #next}. */
  PreparedStatement select(Connection connection, String table) throws SQLException {
    return connection.prepareStatement(
        "SELECT IDX, SEQ, TERM, TOTAL, CRC, DATA FROM " + table + " ORDER BY IDX, SEQ");
  }

  /** The entry that begins at the next row; null at the end. */
  @Nullable Entry next(ResultSet rows, String table) throws IOException, SQLException {
    if (!rows.next()) {
      return null;
    }
    long index = rows.getLong(1);
    int term = rows.getInt(3);
    int total = rows.getInt(4);
    int crc = rows.getInt(5);
    byte[] payload = rows.getBytes(6);
    if (rows.getInt(2) == 0 && total > payload.length) {
      byte[] whole = new byte[total];
      System.arraycopy(payload, 0, whole, 0, payload.length);
      int length = payload.length;
      for (int seq = 1; length < total; seq++) {
        byte[] chunk =
            rows.next() && rows.getLong(1) == index && rows.getInt(2) == seq
                ? rows.getBytes(6)
                : new byte[0];
        if (chunk.length == 0 || chunk.length > total - length) {
          throw damaged(table, "entry " + index + " has no chunk " + seq);
        }
        System.arraycopy(chunk, 0, whole, length, chunk.length);
        length += chunk.length;
      }
      payload = whole;
    } else if (payload.length != total) {
      throw damaged(table, "the first chunk of entry " + index + " is missing or wrong");
    }
    if (checksum(index, term, payload) != crc) {
      throw damaged(table, "the checksum of entry " + index + " is wrong");
    }
    return new Entry(index, term, open(table, index, term, payload));
  }

  private byte[] open(String table, long index, int term, byte[] sealed) throws IOException {
    try {
      return sealer.open(sealed, Place.entry(index, term));
    } catch (BrokenSealException broken) {
      throw damaged(table, "entry " + index + ": " + broken.getMessage());
    }
  }

  /** The checksum of an entry: CRC-32C over index, term and payload, sealed if that is. */
  static int checksum(long index, int term, byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(12).putLong(index).putInt(term).flip());
    crc.update(payload);
    return (int) crc.getValue();
  }

  IOException damaged(String table, String what) {
    return Damage.of("the write-ahead log " + directory, "table " + table + ": " + what);
  }
}
