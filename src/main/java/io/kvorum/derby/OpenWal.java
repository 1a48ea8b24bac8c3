package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.consensus.WriteAheadLog.Recovered;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a write-ahead log that is open. The engine thread only, but for {@link #read}.
 *
 * <p>Statements that change a table itself (CREATE, TRUNCATE) are transactions of their own and
 * begin with a flush, so that a reader never meets them half done.
 */
final class OpenWal {
  private final DerbyDatabase database;
  private final WalSettings settings;
  private final Connection connection;
  private final WalMeta meta;
  private final WalReader reader;
  private final FlushMark mark;

  /** In the order of their entries; the last one is the current one. */
  private final Deque<WalSegment> live = new ArrayDeque<>();

  /** Empty tables. */
  private final Deque<WalSegment> free = new ArrayDeque<>();

  private long last;
  private boolean dirty;

  OpenWal(DerbyDatabase database, WalSettings settings) throws IOException, SQLException {
    this.database = database;
    this.settings = settings;
    this.connection = database.connect();
    connection.setAutoCommit(false);
    this.meta = new WalMeta(connection);
    this.reader = new WalReader(database);
    this.mark = FlushMark.open(database.directory());
  }

  /** Verifies everything and takes it in. */
  Recovered recover() throws IOException, SQLException {
    WalCheck check = new WalCheck(database.directory());
    List<WalCheck.Content> filled = new ArrayList<>();
    for (String table : tables()) {
      WalCheck.Content content = check.verify(connection, table);
      if (content.last() < content.first()) {
        free.add(new WalSegment(table, connection));
      } else {
        filled.add(content);
      }
    }
    filled.sort(Comparator.comparingLong(WalCheck.Content::first));
    long discarded = meta.discardedIndex();
    last = discarded;
    for (WalCheck.Content content : filled) {
      if (content.first() != last + 1) {
        throw check.damaged(
            content.table(),
            "it begins with entry "
                + content.first()
                + ", but entry "
                + (last + 1)
                + " is missing");
      }
      WalSegment segment = new WalSegment(content.table(), connection);
      segment.restore(content.first(), content.last(), content.bytes());
      live.add(segment);
      last = content.last();
    }
    refuseIfShort();
    if (live.isEmpty()) {
      openSegment();
    }
    publish();
    Recovered recovered =
        new Recovered(
            meta.term(),
            meta.votedFor(),
            discarded + 1,
            last,
            meta.discardedTerm(),
            meta.members());
    connection.commit();
    return recovered;
  }

  private void refuseIfShort() throws IOException {
    long flushed = FlushMark.read(database.directory());
    if (last < flushed) {
      throw new IOException(
          "the write-ahead log "
              + database.directory()
              + " is damaged: it ends with entry "
              + last
              + ", but "
              + FlushMark.FILE
              + " says that entry "
              + flushed
              + " was flushed; the end of the newest file in log/ must have been lost");
    }
  }

  private List<String> tables() throws SQLException {
    List<String> tables = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT TABLENAME FROM SYS.SYSTABLES WHERE TABLETYPE = 'T' ORDER BY TABLENAME")) {
      while (rows.next()) {
        if (rows.getString(1).startsWith(WalSegment.TABLE_PREFIX)) {
          tables.add(rows.getString(1));
        }
      }
    }
    return tables;
  }

  void append(Entry entry) throws IOException, SQLException {
    if (entry.index() != last + 1) {
      throw new IllegalArgumentException(
          "entry " + entry.index() + " does not follow entry " + last);
    }
    if (live.getLast().bytes() >= settings.segmentBytes()) {
      flush();
      openSegment();
      publish();
    }
    dirty = true;
    live.getLast().insert(entry.index(), entry.term(), entry.payload());
    last = entry.index();
    reader.lastIs(last);
  }

  void flush() throws IOException, SQLException {
    if (dirty) {
      connection.commit();
      dirty = false;
      mark.set(last);
    }
  }

  void truncateFrom(long index) throws IOException, SQLException {
    if (index > last) {
      return;
    }
    if (index <= meta.discardedIndex()) {
      throw new IllegalArgumentException("entry " + index + " has been discarded");
    }
    mark.set(index - 1);
    mark.force();
    dirty = true;
    last = index - 1;
    reader.lastIs(last);
    while (live.size() > 1 && live.getLast().first() >= index) {
      deleteFrom(live.getLast(), index);
      free.addLast(live.removeLast());
    }
    deleteFrom(live.getLast(), index);
    publish();
  }

  private void deleteFrom(WalSegment segment, long index) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM " + segment.table + " WHERE IDX >= ?")) {
      delete.setLong(1, index);
      delete.executeUpdate();
    }
    segment.cutFrom(index);
  }

  void saveTerm(int term, @Nullable String votedFor) throws IOException, SQLException {
    dirty = true;
    meta.writeTerm(term, votedFor);
    flush();
  }

  void saveMembers(byte[] members) throws IOException, SQLException {
    dirty = true;
    meta.writeMembers(members);
    flush();
  }

  void discardUpTo(long index) throws IOException, SQLException {
    while (live.size() > 1 && live.getFirst().last() <= index) {
      flush();
      WalSegment segment = live.removeFirst();
      publish();
      meta.writeDiscarded(segment.last(), termOf(segment));
      truncate(segment);
      connection.commit();
      free.addLast(segment);
    }
  }

  /** The term of the last entry of a segment. */
  private int termOf(WalSegment segment) throws IOException, SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT TERM FROM " + segment.table + " WHERE IDX = ? AND SEQ = 0")) {
      select.setLong(1, segment.last());
      try (ResultSet rows = select.executeQuery()) {
        if (!rows.next()) {
          throw new WalCheck(database.directory())
              .damaged(segment.table, "entry " + segment.last() + " is missing");
        }
        return rows.getInt(1);
      }
    }
  }

  private void truncate(WalSegment segment) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("TRUNCATE TABLE " + segment.table);
    }
  }

  /** Takes an empty table, or makes one, for what follows the last entry. Nothing is pending. */
  private void openSegment() throws SQLException {
    if (free.isEmpty()) {
      String table = WalSegment.TABLE_PREFIX + live.size();
      try (Statement statement = connection.createStatement()) {
        statement.execute(WalSegment.createTable(table));
      }
      connection.commit();
      free.add(new WalSegment(table, connection));
    }
    WalSegment segment = free.removeFirst();
    segment.startAt(last + 1);
    live.addLast(segment);
  }

  private void publish() {
    reader.layoutIs(live.stream().map(s -> new WalReader.Part(s.table, s.first())).toList(), last);
  }

  Entry read(long index) throws IOException, SQLException {
    return reader.read(index);
  }

  /** What has not been flushed is dropped. */
  void close() throws IOException, SQLException {
    try (mark) {
      mark.force();
      connection.rollback();
      connection.close();
      reader.close();
    }
  }
}
