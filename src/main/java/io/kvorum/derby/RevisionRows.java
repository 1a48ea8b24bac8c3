package io.kvorum.derby;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.sealing.RecordSealer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Iterator;
import java.util.List;
import javax.sql.rowset.serial.SerialBlob;
import org.apache.derby.vti.VTITemplate;
import org.jspecify.annotations.Nullable;

/**
 * Presents the revision history as rows, for ad-hoc queries: Derby calls {@link #open} as the table
 * function behind the view REVISIONS.
 *
 * <pre>
 *   ij&gt; SELECT REVISION, KEY_TEXT, VALUE_TEXT FROM REVISIONS WHERE REVISION &gt; 100;
 * </pre>
 *
 * <p>It needs the classes of Kvorum on the class path of the caller. A row belongs to one change;
 * DELETED is true in a tombstone, which has no value. Text is UTF-8 where the bytes are, with
 * everything else as {@code \xNN}; it is cut after 8,000 characters, the bytes are whole. Pages are
 * decoded one at a time. Confined to the calling thread.
 */
public final class RevisionRows extends VTITemplate {
  static final String CREATE_FUNCTION =
      "CREATE FUNCTION REVISION_ROWS () RETURNS TABLE (REVISION BIGINT, SUB INT,"
          + " KEY_TEXT VARCHAR(8000), KEY_BYTES BLOB(2G), CREATE_REVISION BIGINT, VERSION BIGINT,"
          + " LEASE BIGINT, VALUE_TEXT VARCHAR(8000), VALUE_BYTES BLOB(2G), DELETED BOOLEAN)"
          + " LANGUAGE JAVA PARAMETER STYLE DERBY_JDBC_RESULT_SET READS SQL DATA"
          + " EXTERNAL NAME 'io.kvorum.derby.RevisionRows.open'";

  static final String CREATE_VIEW =
      "CREATE VIEW REVISIONS AS SELECT * FROM TABLE (REVISION_ROWS()) AS ROWS_OF_HISTORY";

  private static final int LONGEST_TEXT = 8_000;

  private final Connection connection;
  private final Statement statement;
  private final ResultSet pages;
  private Iterator<Change> changes = List.<Change>of().iterator();
  private @Nullable Change current;

  private RevisionRows(Connection connection) throws SQLException {
    this.connection = connection;
    this.statement = connection.createStatement();
    this.pages = statement.executeQuery("SELECT MAIN, SUB, DATA FROM APP.PAGE ORDER BY MAIN, SUB");
  }

  /** Called by Derby, by name, inside the connection of the caller. */
  public static ResultSet open() throws SQLException {
    return new RevisionRows(DriverManager.getConnection("jdbc:default:connection"));
  }

  @Override
  public boolean next() throws SQLException {
    while (!changes.hasNext()) {
      if (!pages.next()) {
        current = null;
        return false;
      }
      changes = decode().iterator();
    }
    current = changes.next();
    return true;
  }

  private List<Change> decode() throws SQLException {
    byte[] page = pages.getBytes(3);
    if (RecordSealer.isSealed(page)) {
      throw new SQLException(
          "the pages of this database are sealed (--encryption-key-file): ask a member instead");
    }
    try {
      return PageCodec.decode(page);
    } catch (IllegalArgumentException e) {
      throw new SQLException(
          "the page ("
              + pages.getLong(1)
              + ", "
              + pages.getInt(2)
              + ") of the table PAGE is damaged",
          e);
    }
  }

  @Override
  public long getLong(int column) throws SQLException {
    KeyValue kv = kv();
    return switch (column) {
      case 1 -> kv.modRevision();
      case 5 -> kv.createRevision();
      case 6 -> kv.version();
      case 7 -> kv.lease();
      default -> throw noSuch(column);
    };
  }

  @Override
  public int getInt(int column) throws SQLException {
    if (column != 2) {
      throw noSuch(column);
    }
    return change().sub();
  }

  @Override
  public @Nullable String getString(int column) throws SQLException {
    return switch (column) {
      case 3 -> text(kv().key());
      case 8 -> kv().isTombstone() ? null : text(kv().value());
      default -> throw noSuch(column);
    };
  }

  @Override
  public @Nullable Blob getBlob(int column) throws SQLException {
    return switch (column) {
      case 4 -> new SerialBlob(kv().key().unsafeArray());
      case 9 -> kv().isTombstone() ? null : new SerialBlob(kv().value().unsafeArray());
      default -> throw noSuch(column);
    };
  }

  @Override
  public boolean getBoolean(int column) throws SQLException {
    if (column != 10) {
      throw noSuch(column);
    }
    return kv().isTombstone();
  }

  /** Null is only ever the value of a tombstone, and Derby sees that one itself. */
  @Override
  public boolean wasNull() {
    return false;
  }

  @Override
  public void close() throws SQLException {
    statement.close();
    connection.close();
  }

  private KeyValue kv() throws SQLException {
    return change().kv();
  }

  private Change change() throws SQLException {
    if (current == null) {
      throw new SQLException("not on a row");
    }
    return current;
  }

  private static SQLException noSuch(int column) {
    return new SQLException("no column " + column + " of this type");
  }

  private static String text(Bytes bytes) {
    String text = utf8(bytes);
    return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT);
  }

  private static String utf8(Bytes bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.unsafeArray()))
          .toString();
    } catch (CharacterCodingException e) {
      String quoted = bytes.toString();
      return quoted.substring(1, quoted.length() - 1);
    }
  }
}
