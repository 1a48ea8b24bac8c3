package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.RevisionHistory.Batch;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The history as people see it, with SQL. */
class RevisionRowsTest {
  @TempDir(factory = FastTempDir.class)
  Path directory;

  private DerbyHistory history;

  @BeforeEach
  void fill() throws IOException {
    history = new DerbyHistory(directory.resolve("history"), new HistorySettings(500, 2));
    history.open();
    history.append(
        new Batch(
            3,
            1,
            List.of(
                page(
                    new Change(0, new KeyValue(Bytes.utf8("a"), Bytes.utf8("one"), 2, 2, 1, 0)),
                    new Change(0, new KeyValue(Bytes.utf8("b"), Bytes.utf8("grün"), 3, 3, 1, 77)),
                    new Change(1, KeyValue.tombstone(Bytes.utf8("a"), 3))),
                page(
                    new Change(
                        0,
                        new KeyValue(
                            Bytes.wrap(new byte[] {'x', (byte) 0xff}),
                            Bytes.wrap(new byte[20_000]),
                            4,
                            4,
                            1,
                            0)))),
            Map.of()));
  }

  private static Page page(Change... changes) {
    return new Page(changes[0].revision(), PageCodec.encode(List.of(changes)));
  }

  @AfterEach
  void close() throws IOException {
    history.close();
  }

  private List<String> query(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:derby:" + directory.resolve("history"));
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> found = new ArrayList<>();
      while (rows.next()) {
        StringBuilder line = new StringBuilder();
        for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
          line.append(column == 1 ? "" : " ").append(rows.getString(column));
        }
        found.add(line.toString());
      }
      return found;
    }
  }

  @Test
  void eachChangeIsARow() throws SQLException {
    assertThat(
            query(
                "SELECT REVISION, SUB, KEY_TEXT, CREATE_REVISION, VERSION, LEASE, VALUE_TEXT,"
                    + " DELETED FROM REVISIONS WHERE REVISION < 4 ORDER BY REVISION, SUB"))
        .containsExactly(
            "2 0 a 2 1 0 one false", "3 0 b 3 1 77 grün false", "3 1 a 0 0 0 null true");
  }

  @Test
  void bytesThatAreNoTextAreEscapedAndThereAsTheyAre() throws SQLException {
    assertThat(
            query(
                "SELECT KEY_TEXT, LENGTH(KEY_BYTES), LENGTH(VALUE_TEXT), LENGTH(VALUE_BYTES),"
                    + " KEY_BYTES FROM REVISIONS WHERE REVISION = 4"))
        .containsExactly("x\\xff 2 8000 20000 78ff");
  }

  @Test
  void rowsCanBeGrouped() throws SQLException {
    assertThat(
            query(
                "SELECT KEY_TEXT, COUNT(*) FROM REVISIONS WHERE REVISION < 4"
                    + " GROUP BY KEY_TEXT ORDER BY KEY_TEXT"))
        .containsExactly("a 2", "b 1");
  }

  /** Each history database has stored this name, and calls it: it cannot change with the class. */
  @Test
  void theNameThatDatabasesHaveStoredStays() throws Exception {
    assertThat(RevisionRows.CREATE_FUNCTION)
        .contains("EXTERNAL NAME 'io.kvorum.derby.RevisionRows.open'");
    Class<?> rows = Class.forName("io.kvorum.derby.RevisionRows");
    Method open = rows.getMethod("open");
    assertThat(Modifier.isPublic(rows.getModifiers())).isTrue();
    assertThat(Modifier.isStatic(open.getModifiers())).isTrue();
    assertThat(open.getReturnType()).isEqualTo(ResultSet.class);
  }

  @Test
  void aDamagedPageIsNamed() throws Exception {
    byte[] data = page(new Change(0, KeyValue.tombstone(Bytes.utf8("a"), 9))).data().clone();
    data[data.length / 2] ^= 1;
    history.append(new Batch(4, 1, List.of(new Page(new Revision(9, 0), data)), Map.of()));
    assertThatThrownBy(() -> query("SELECT COUNT(*) FROM REVISIONS"))
        .isInstanceOf(SQLException.class)
        .hasStackTraceContaining("the page (9, 0) of the table PAGE is damaged");
  }
}
