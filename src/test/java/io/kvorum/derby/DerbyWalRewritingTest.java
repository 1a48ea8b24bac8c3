package io.kvorum.derby;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.consensus.WriteAheadLog.Recovered;
import io.kvorum.sealing.KeyFiles;
import io.kvorum.sealing.KeyList;
import io.kvorum.sealing.Place;
import io.kvorum.sealing.Sealing;
import io.kvorum.testing.FileScan;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DerbyWalRewritingTest {
  private static final WalSettings SMALL = new WalSettings(20_000, 500);
  private static final String TEXT = "a value that nobody may read";

  @TempDir(factory = FastTempDir.class)
  Path directory;

  private Path wal;
  private Path keyFile;
  private Sealing sealing;
  private DerbyWal log;

  @BeforeEach
  void name() throws IOException {
    wal = directory.resolve("wal");
    keyFile = directory.resolve("keys");
  }

  private Recovered open(String... keys) throws IOException {
    sealing = keys.length == 0 ? Sealing.off() : Sealing.of(KeyFiles.write(keyFile, keys));
    log = new DerbyWal(wal, SMALL, sealing);
    return log.open();
  }

  private void replaceKeys(String... keys) throws IOException {
    KeyFiles.write(keyFile, keys);
    sealing.reread(List.of());
    assertThat(sealing.keys().keys().get(0).id()).isIn((Object[]) keys);
  }

  @AfterEach
  void close() throws IOException {
    log.close();
  }

  private static Entry entry(long index) {
    byte[] payload = (TEXT + " " + index + " ").repeat(10).getBytes(UTF_8);
    return new Entry(index, 3, payload);
  }

  private void append(long first, long last) throws IOException {
    for (long index = first; index <= last; index++) {
      log.append(entry(index));
      if (index % 7 == 0) {
        log.flush();
      }
    }
    log.flush();
  }

  private void assertHolds(long first, long last) throws IOException {
    for (long index = first; index <= last; index++) {
      Entry read = log.read(index);
      assertThat(read.payload()).isEqualTo(entry(index).payload());
      assertThat(read.term()).isEqualTo(3);
    }
    assertThat(log.read(first, 1000, 1 << 20)).isNotEmpty();
  }

  private List<String> listed() throws IOException {
    return KeyList.verified(wal, sealing.keys()).keys().stream().map(KeyList.Name::id).toList();
  }

  private boolean isRewritten() throws IOException {
    return KeyList.verified(wal, sealing.keys()).isOnly(sealing.keys());
  }

  @Test
  void whatWasInTheClearIsInNoFileAfterItWasRewritten() throws IOException {
    open();
    append(1, 300);
    log.truncateFrom(280);
    append(280, 310);
    log.discardUpTo(100);
    log.close();
    assertThat(FileScan.filesWith(wal, TEXT)).as("so that this can fail").isNotEmpty();
    open("k1");
    append(311, 320);
    log.rewrite();
    assertThat(FileScan.filesWith(wal, TEXT)).isEmpty();
    assertThat(listed()).containsExactly("k1");
    assertHolds(110, 320);
    append(321, 400);
    log.close();
    assertThat(open("k1").lastIndex()).isEqualTo(400);
    assertHolds(110, 400);
    assertThat(FileScan.filesWith(wal, TEXT)).isEmpty();
  }

  @Test
  void anotherKeySealsEverythingAnewSoThatTheFormerOneIsNotNeeded() throws IOException {
    open("k1");
    append(1, 300);
    replaceKeys("k2", "k1");
    append(301, 310);
    assertThat(listed()).containsExactly("k2", "k1");
    log.rewrite();
    assertThat(listed()).containsExactly("k2");
    log.close();
    Recovered recovered = open("k2");
    assertThat(recovered.firstIndex()).isEqualTo(1);
    assertThat(recovered.lastIndex()).isEqualTo(310);
    assertHolds(1, 310);
  }

  @Test
  void theWayBackLeavesALogInTheClear() throws IOException {
    open("k1");
    append(1, 300);
    replaceKeys("plain", "k1");
    log.rewrite();
    assertThat(wal.resolve(KeyList.FILE)).doesNotExist();
    log.close();
    assertThat(open().lastIndex()).isEqualTo(300);
    assertHolds(1, 300);
    assertThat(FileScan.filesWith(wal, TEXT)).isNotEmpty();
  }

  @Test
  void entriesAreAppendedTruncatedDiscardedAndReadMeanwhile() throws Exception {
    open("k1");
    append(1, 2_000);
    replaceKeys("k2", "k1");
    CompletableFuture<Void> rewriting =
        CompletableFuture.runAsync(
            () -> {
              try {
                while (!isRewritten()) {
                  log.rewrite();
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    long last = 2_000;
    while (!rewriting.isDone()) {
      append(last + 1, last + 20);
      last += 20;
      log.truncateFrom(last - 5);
      append(last - 5, last);
      assertHolds(last - 700, last - 600);
      log.discardUpTo(last - 1_500);
    }
    rewriting.get();
    assertThat(listed()).containsExactly("k2");
    assertHolds(last - 1_500 + 1, last);
    log.close();
    assertThat(open("k2").lastIndex()).isEqualTo(last);
  }

  @Test
  void aLogWithoutItsKeyIsRefused() throws IOException {
    open("k1");
    append(1, 10);
    log.close();
    assertThatThrownBy(() -> new DerbyWal(wal, SMALL, Sealing.off()).verify())
        .hasMessageContaining("is sealed with the key k1");
    open("k1");
  }

  /** Changes the database of the log while the log is closed. */
  private void execute(String... statements) throws IOException, SQLException {
    try (DerbyDatabase database =
        new DerbyDatabase(wal, DerbyWal.databaseSettings(), Sealing.off())) {
      database.open();
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        for (String sql : statements) {
          statement.execute(sql);
        }
      }
    }
  }

  @Test
  void aLogWithAGapInTheNamesOfItsTablesOpensFillsAndCreatesTables() throws Exception {
    open();
    append(1, 10);
    log.close();
    execute(WalSegment.createTable("WAL_4"), WalSegment.createTable("WAL_11"));
    assertThat(open().lastIndex()).isEqualTo(10);
    append(11, 1_000);
    assertHolds(1, 1_000);
    log.close();
    assertThat(open().lastIndex()).isEqualTo(1_000);
    append(1_001, 1_300);
    assertHolds(1, 1_300);
  }

  @Test
  void aSegmentThatWasRefilledToTheSameIndexIsNotReplacedByItsCopy() throws Exception {
    open("k1");
    log.close();
    byte[] former = "former".repeat(133).getBytes(UTF_8);
    byte[] acknowledged = "acknow".repeat(167).getBytes(UTF_8);
    try (DerbyDatabase database = new DerbyDatabase(wal, DerbyWal.databaseSettings(), sealing)) {
      database.open();
      WalTables tables = new WalTables(database, SMALL);
      tables.recover();
      // Of both together the segment is full.
      for (long index = 1; index <= 12; index++) {
        tables.append(new Entry(index, 3, former));
      }
      WalRewriting.Segment listed = tables.beginRewriting().get(0);
      long bytes = copy(database, tables, listed, "WAL_99");
      tables.truncateFrom(3);
      for (long index = 3; index <= 13; index++) {
        tables.append(new Entry(index, 4, acknowledged));
      }
      tables.flush();
      assertThat(tables.beginRewriting().get(0))
          .as("it is no longer the current one, and has the same name and indexes")
          .returns(listed.table(), WalRewriting.Segment::table)
          .returns(listed.first(), WalRewriting.Segment::first)
          .returns(listed.last(), WalRewriting.Segment::last);
      assertThat(tables.replace(listed, "WAL_99", bytes)).isFalse();
      assertThat(tables.read(2).payload()).isEqualTo(former);
      for (long index = 3; index <= 13; index++) {
        assertThat(tables.read(index).payload()).isEqualTo(acknowledged);
        assertThat(tables.read(index).term()).isEqualTo(4);
      }
      tables.close();
    }
  }

  @Test
  void aSegmentThatIsWhatItWasIsReplacedByItsCopy() throws Exception {
    open("k1");
    append(1, 30);
    log.close();
    try (DerbyDatabase database = new DerbyDatabase(wal, DerbyWal.databaseSettings(), sealing)) {
      database.open();
      WalTables tables = new WalTables(database, SMALL);
      tables.recover();
      WalRewriting.Segment listed = tables.beginRewriting().get(0);
      long bytes = copy(database, tables, listed, "WAL_99");
      assertThat(tables.replace(listed, "WAL_99", bytes)).isTrue();
      assertThat(tables.replace(listed, "WAL_99", bytes)).isFalse();
      for (long index = 1; index <= 30; index++) {
        assertThat(tables.read(index).payload()).isEqualTo(entry(index).payload());
      }
      tables.close();
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        statement.execute("TRUNCATE TABLE " + listed.table());
      }
    }
    assertThat(open("k1").lastIndex()).isEqualTo(30);
  }

  /** Copies a segment into a new table; returns the bytes of its payloads. */
  private static long copy(
      DerbyDatabase database, WalTables tables, WalRewriting.Segment segment, String table)
      throws IOException, SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(WalSegment.createTable(table));
      WalSegment target = new WalSegment(table, connection);
      target.startAt(segment.first());
      for (long index = segment.first(); index <= segment.last(); index++) {
        Entry read = tables.read(index);
        target.insert(
            index,
            read.term(),
            database.sealer().seal(read.payload(), Place.entry(index, read.term())));
      }
      return target.bytes();
    }
  }

  /** The numbers of the files of all tables of the log, which is closed. */
  private Set<Long> files() throws IOException, SQLException {
    Set<Long> files = new HashSet<>();
    try (DerbyDatabase database = new DerbyDatabase(wal, DerbyWal.databaseSettings(), sealing)) {
      database.open();
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT CONGLOMERATENUMBER FROM SYS.SYSCONGLOMERATES JOIN SYS.SYSTABLES"
                      + " USING (TABLEID) WHERE TABLENAME LIKE 'WAL%'")) {
        while (rows.next()) {
          files.add(rows.getLong(1));
        }
      }
    }
    return files;
  }

  @Test
  void theEmptyTablesGetNewFilesTooSinceDeletedRowsMayBeInTheFormerOnes() throws Exception {
    open("plain", "k1");
    append(1, 10);
    log.close();
    Set<Long> former = files();
    assertThat(former).as("of three tables and their keys").hasSize(6);
    open("plain", "k1");
    replaceKeys("k1");
    log.rewrite();
    assertHolds(1, 10);
    log.close();
    assertThat(files()).isNotEmpty().doesNotContainAnyElementsOf(former);
    assertThat(open("k1").lastIndex()).isEqualTo(10);
  }
}
