package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory.Batch;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import io.kvorum.sealing.KeyFiles;
import io.kvorum.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody changes a sealed record and makes all of Derby's checksums right again: the seal is what
 * is left to notice it.
 */
class DerbySealedDamageTest {
  private static final int DERBY_PAGE = DerbyDatabase.PAGE_BYTES;
  private static final byte[] MAGIC = {(byte) 0xF5, 'K', 'V', 1};
  private static final int HEADER_BYTES = 36;

  @TempDir(factory = FastTempDir.class)
  Path directory;

  private Sealing sealing;

  @BeforeEach
  void makeKeys() throws IOException {
    sealing = Sealing.of(KeyFiles.write(directory.resolve("keys"), "k1"));
  }

  /** Changes the first byte of the content of each sealed record, with the checksum of its page. */
  private static int changeRecords(Path database) throws IOException {
    int changed = 0;
    try (Stream<Path> files = Files.list(database.resolve("seg0"))) {
      for (Path file : files.filter(name -> name.toString().endsWith(".dat")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        for (int at = DERBY_PAGE; at + HEADER_BYTES < bytes.length; at++) {
          if (bytes[at] == MAGIC[0]
              && ByteBuffer.wrap(MAGIC).equals(ByteBuffer.wrap(bytes, at, 4))) {
            bytes[at + HEADER_BYTES] ^= 1;
            int page = at / DERBY_PAGE * DERBY_PAGE;
            CRC32 crc = new CRC32();
            crc.update(bytes, page, DERBY_PAGE - Long.BYTES);
            ByteBuffer.wrap(bytes).putLong(page + DERBY_PAGE - Long.BYTES, crc.getValue());
            changed++;
          }
        }
        Files.write(file, bytes);
      }
    }
    return changed;
  }

  @Test
  void aChangedPageIsDamage() throws IOException {
    Path place = directory.resolve("history");
    DerbyHistory history = new DerbyHistory(place, sealing);
    history.open();
    history.append(new Batch(1, 1, List.of(new Page(new Revision(2, 0), new byte[100])), Map.of()));
    history.close();
    assertThat(changeRecords(place)).isEqualTo(1);
    history.open();
    try {
      String reason = "page .*its seal is broken.*";
      assertThatThrownBy(() -> history.scan(page -> {})).hasMessageMatching(".*" + reason);
      assertThatThrownBy(() -> history.readPage(new Revision(2, 0)))
          .hasMessageMatching(".*" + reason);
    } finally {
      history.close();
    }
  }

  @Test
  void aChangedFactIsDamageAtTheStart() throws IOException {
    Path place = directory.resolve("history");
    try (DerbyHistory history = new DerbyHistory(place, sealing)) {
      history.open();
      history.append(new Batch(1, 1, List.of(), Map.of("revision", Bytes.utf8("12"))));
    }
    assertThat(changeRecords(place)).isEqualTo(1);
    assertThatThrownBy(() -> new DerbyHistory(place, sealing).open())
        .hasMessageContaining("is damaged: the fact revision: its seal is broken");
  }

  /** The checksum of the entry, too, is what the changed record would have. */
  @Test
  void aChangedEntryIsDamageAtTheStart() throws Exception {
    Path place = directory.resolve("wal");
    try (DerbyWal log = new DerbyWal(place, sealing)) {
      log.open();
      log.append(new Entry(1, 1, new byte[100]));
      log.flush();
    }
    try (DerbyDatabase database = new DerbyDatabase(place, DerbyWal.databaseSettings(), sealing)) {
      database.open();
      try (Connection connection = database.connect()) {
        changeEntry(connection);
      }
    }
    assertThatThrownBy(() -> new DerbyWal(place, sealing).open())
        .hasMessageMatching(".*is damaged: table WAL_.: entry 1: its seal is broken.*");
  }

  private static void changeEntry(Connection connection) throws SQLException {
    for (String table : List.of("WAL_0", "WAL_1", "WAL_2")) {
      try (PreparedStatement update =
              connection.prepareStatement("UPDATE " + table + " SET CRC = ?, DATA = ?");
          ResultSet rows = connection.createStatement().executeQuery("SELECT DATA FROM " + table)) {
        if (rows.next()) {
          byte[] record = rows.getBytes(1);
          record[HEADER_BYTES] ^= 1;
          update.setInt(1, WalCheck.checksum(1, 1, record));
          update.setBytes(2, record);
          assertThat(update.executeUpdate()).isEqualTo(1);
        }
      }
    }
  }
}
