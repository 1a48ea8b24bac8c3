package io.kvorum.derby;

import io.kvorum.derby.files.Damage;
import io.kvorum.derby.files.DatabaseFiles;
import io.kvorum.derby.files.FlushMark;
import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory.Batch;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import io.kvorum.mvcc.history.RevisionHistory.PageVisitor;
import io.kvorum.mvcc.history.RevisionHistory.Recovered;
import io.kvorum.sealing.BrokenSealException;
import io.kvorum.sealing.Place;
import io.kvorum.sealing.RecordSealer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the tables of an open history. Confined to the history thread, except where
 * noted.
 *
 * <p>Held by: DerbyHistoryContractTest, DerbyHistoryDamageTest.
 */
final class HistoryTables implements GuardedTables.Tables {
  static final List<String> SCHEMA =
      List.of(
          "CREATE TABLE PAGE (MAIN BIGINT NOT NULL, SUB INT NOT NULL, DATA BLOB(2G) NOT NULL,"
              + " PRIMARY KEY (MAIN, SUB))",
          "CREATE TABLE FACT (NAME VARCHAR(1024) NOT NULL PRIMARY KEY, DATA BLOB(2G) NOT NULL)",
          "CREATE TABLE APPLIED (IDX BIGINT NOT NULL, TERM BIGINT NOT NULL)",
          "INSERT INTO APPLIED VALUES (0, 0)",
          RevisionRows.CREATE_FUNCTION,
          RevisionRows.CREATE_VIEW);

  private static final long ASSUMED_PAGE_BYTES = 24_000;

  /** The size is measured again after this many bytes have been written. */
  private static final long MEASURED_EVERY_BYTES = 8L << 20;

  private final DerbyDatabase database;
  private final RecordSealer sealer;
  private final Connection connection;
  private final PageReaders readers;
  private final FlushMark mark;
  private final PreparedStatement insertPage;
  private final PreparedStatement deletePage;
  private final PreparedStatement updateFact;
  private final PreparedStatement insertFact;
  private final PreparedStatement deleteFact;
  private final PreparedStatement updateApplied;
  private long writtenSinceMeasured;
  private volatile long allocatedBytes;

  HistoryTables(DerbyDatabase database, HistorySettings settings) throws IOException, SQLException {
    this.database = database;
    this.sealer = database.sealer();
    this.connection = database.connect();
    connection.setAutoCommit(false);
    this.readers = new PageReaders(database, settings.readers());
    this.mark = FlushMark.open(database.directory());
    insertPage = connection.prepareStatement("INSERT INTO PAGE VALUES (?, ?, ?)");
    deletePage = connection.prepareStatement("DELETE FROM PAGE WHERE MAIN = ? AND SUB = ?");
    updateFact = connection.prepareStatement("UPDATE FACT SET DATA = ? WHERE NAME = ?");
    insertFact = connection.prepareStatement("INSERT INTO FACT (DATA, NAME) VALUES (?, ?)");
    deleteFact = connection.prepareStatement("DELETE FROM FACT WHERE NAME = ?");
    updateApplied = connection.prepareStatement("UPDATE APPLIED SET IDX = ?, TERM = ?");
  }

  Recovered recover() throws IOException, SQLException {
    long index;
    long term;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT IDX, TERM FROM APPLIED")) {
      if (!rows.next()) {
        throw damaged("the table APPLIED is empty");
      }
      index = rows.getLong(1);
      term = rows.getLong(2);
    }
    Map<String, Bytes> facts = facts();
    long flushed = FlushMark.read(database.directory());
    if (index < flushed) {
      throw damaged(
          "it ends with index "
              + index
              + ", but "
              + FlushMark.FILE
              + " says that index "
              + flushed
              + " was written; the end of the newest file in log/ must have been lost");
    }
    measure();
    connection.commit();
    return new Recovered(index, term, facts);
  }

  Map<String, Bytes> facts() throws IOException, SQLException {
    Map<String, Bytes> facts = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT NAME, DATA FROM FACT")) {
      while (rows.next()) {
        String name = rows.getString(1);
        facts.put(name, openFact(name, rows.getBytes(2)));
      }
    }
    connection.commit();
    return facts;
  }

  private Bytes openFact(String name, byte[] sealed) throws IOException {
    try {
      return Bytes.wrap(sealer.open(sealed, Place.fact(name)));
    } catch (BrokenSealException broken) {
      throw damaged("the fact " + name + ": " + broken.getMessage());
    }
  }

  /** The mark goes back before the index does: it must never be ahead. */
  void clear() throws IOException, SQLException {
    mark.set(0);
    mark.force();
    try (Statement statement = connection.createStatement()) {
      statement.execute("TRUNCATE TABLE PAGE");
      statement.execute("DELETE FROM FACT");
      statement.execute("UPDATE APPLIED SET IDX = 0, TERM = 0");
    }
    connection.commit();
    measure();
  }

  private IOException damaged(String what) {
    return Damage.of("the history " + database.directory(), what);
  }

  void scan(PageVisitor visitor) throws IOException, SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT MAIN, SUB, DATA FROM PAGE ORDER BY MAIN, SUB")) {
      while (rows.next()) {
        Revision first = new Revision(rows.getLong(1), rows.getInt(2));
        visitor.visit(new Page(first, open(rows.getBytes(3), first)));
      }
    }
    connection.commit();
  }

  void append(Batch batch) throws IOException, SQLException {
    insert(batch.pages());
    for (Map.Entry<String, @Nullable Bytes> fact : batch.facts().entrySet()) {
      write(fact.getKey(), fact.getValue());
    }
    updateApplied.setLong(1, batch.appliedIndex());
    updateApplied.setLong(2, batch.appliedTerm());
    updateApplied.executeUpdate();
    connection.commit();
    mark.set(batch.appliedIndex());
    if (writtenSinceMeasured >= MEASURED_EVERY_BYTES) {
      measure();
    }
  }

  private static Place placeOf(Revision first) {
    return Place.page(first.main(), first.sub());
  }

  private byte[] open(byte[] sealed, Revision first) throws IOException {
    try {
      return sealer.open(sealed, placeOf(first));
    } catch (BrokenSealException broken) {
      throw damaged("page " + first + ": " + broken.getMessage());
    }
  }

  private void insert(List<Page> pages) throws IOException, SQLException {
    for (Page page : pages) {
      insertPage.setLong(1, page.first().main());
      insertPage.setInt(2, page.first().sub());
      byte[] sealed = sealer.seal(page.data(), placeOf(page.first()));
      insertPage.setBytes(3, sealed);
      insertPage.executeUpdate();
      writtenSinceMeasured += sealed.length;
    }
  }

  private void write(String name, @Nullable Bytes value) throws IOException, SQLException {
    if (value == null) {
      deleteFact.setString(1, name);
      deleteFact.executeUpdate();
      return;
    }
    byte[] sealed = sealer.seal(value.unsafeArray(), Place.fact(name));
    updateFact.setBytes(1, sealed);
    updateFact.setString(2, name);
    if (updateFact.executeUpdate() == 0) {
      insertFact.setBytes(1, sealed);
      insertFact.setString(2, name);
      insertFact.executeUpdate();
    }
  }

  void rewrite(List<Revision> removed, List<Page> added) throws IOException, SQLException {
    for (Revision first : removed) {
      deletePage.setLong(1, first.main());
      deletePage.setInt(2, first.sub());
      if (deletePage.executeUpdate() == 0) {
        connection.rollback();
        throw damaged("page " + first + " to be replaced is not there");
      }
    }
    insert(added);
    connection.commit();
    writtenSinceMeasured += removed.size() * ASSUMED_PAGE_BYTES;
    if (writtenSinceMeasured >= MEASURED_EVERY_BYTES) {
      measure();
    }
  }

  /** Any thread. */
  byte @Nullable [] readPage(Revision first) throws IOException, SQLException {
    byte[] sealed = readers.read(first);
    return sealed == null ? null : open(sealed, first);
  }

  /** Any thread; lags by a few megabytes of writes. */
  long allocatedBytes() {
    return allocatedBytes;
  }

  private void measure() {
    allocatedBytes = DatabaseFiles.sizeBytes(database.directory().resolve("seg0"));
    writtenSinceMeasured = 0;
  }

  /** Cuts free pages off the end of the file; pages in between stay free for reuse. */
  void releaseFreeSpace() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CALL SYSCS_UTIL.SYSCS_INPLACE_COMPRESS_TABLE('APP', 'PAGE', 0, 0, 1)");
    }
    connection.commit();
    measure();
  }

  @Override
  public void close() throws IOException, SQLException {
    try (mark) {
      mark.force();
      readers.close();
      connection.rollback();
      connection.close();
    }
  }
}
