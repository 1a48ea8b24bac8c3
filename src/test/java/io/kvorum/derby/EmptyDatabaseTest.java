package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.derby.files.DatabaseFiles;
import io.kvorum.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class EmptyDatabaseTest {
  /** Every object and every property that a schema consists of, by name. */
  private static final List<String> CATALOGUE =
      List.of(
          "SELECT 'table ' || TABLENAME || ' ' || TABLETYPE FROM SYS.SYSTABLES",
          "SELECT 'column ' || T.TABLENAME || '.' || C.COLUMNNAME || ' '"
              + " || CAST(C.COLUMNDATATYPE AS VARCHAR(128))"
              + " FROM SYS.SYSCOLUMNS C JOIN SYS.SYSTABLES T ON C.REFERENCEID = T.TABLEID",
          "SELECT 'view ' || CAST(VIEWDEFINITION AS VARCHAR(2000)) FROM SYS.SYSVIEWS",
          "SELECT 'constraint ' || T.TABLENAME || ' ' || C.TYPE"
              + " FROM SYS.SYSCONSTRAINTS C JOIN SYS.SYSTABLES T ON C.TABLEID = T.TABLEID",
          property("derby.storage.pageSize"),
          property("derby.storage.pageReservedSpace"),
          property("derby.locks.escalationThreshold"),
          property("derby.storage.logSwitchInterval"),
          property("derby.storage.checkpointInterval"));

  @TempDir private Path directory;

  static Stream<DerbyDatabase.Settings> databases() {
    return Stream.of(DerbyWal.databaseSettings(), DerbyHistory.databaseSettings());
  }

  @ParameterizedTest
  @MethodSource("databases")
  void anUnpackedDatabaseIsWhatDerbyWouldHaveCreated(DerbyDatabase.Settings settings)
      throws Exception {
    Path unpacked = directory.resolve("unpacked");
    assertThat(EmptyDatabase.unpack(settings.name(), unpacked)).isTrue();
    Path created = directory.resolve("created");
    new DerbyDatabase(created, settings, Sealing.off()).create(created);
    assertThat(names(unpacked)).isEqualTo(names(created));
    assertThat(catalogue(unpacked, settings)).isEqualTo(catalogue(created, settings)).isNotEmpty();
  }

  @Test
  void withoutAnArchiveNothingIsUnpacked() throws IOException {
    Path place = directory.resolve("database");
    assertThat(EmptyDatabase.unpack("unheard-of", place)).isFalse();
    assertThat(place).doesNotExist();
  }

  private static List<String> names(Path database) throws IOException {
    try (Stream<Path> tree = Files.walk(database)) {
      return tree.map(path -> database.relativize(path).toString()).sorted().toList();
    }
  }

  private static TreeSet<String> catalogue(Path database, DerbyDatabase.Settings settings)
      throws IOException, SQLException {
    DatabaseFiles.seal(database);
    TreeSet<String> found = new TreeSet<>();
    try (DerbyDatabase opened = new DerbyDatabase(database, settings, Sealing.off())) {
      opened.open();
      try (Connection connection = opened.connect()) {
        for (String query : CATALOGUE) {
          try (ResultSet rows = connection.createStatement().executeQuery(query)) {
            while (rows.next()) {
              found.add(String.valueOf(rows.getString(1)));
            }
          }
        }
      }
    }
    return found;
  }

  private static String property(String name) {
    return "VALUES '" + name + "=' || SYSCS_UTIL.SYSCS_GET_DATABASE_PROPERTY('" + name + "')";
  }
}
