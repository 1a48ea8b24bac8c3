package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.consensus.WriteAheadLog.Recovered;
import io.kvorum.derby.files.Damage;
import io.kvorum.derby.files.FlushMark;
import io.kvorum.sealing.KeyList;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.sealing.Place;
import io.kvorum.sealing.RecordSealer;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the tables of an open write-ahead log. For the Raft thread, except {@link #read}
 * and what {@link WalRewriting} needs beside it, in short steps: the monitor is nearly always free.
 *
 * <p>Tables are created and truncated by the {@link SegmentKeeper}.
 *
 * <p>Held by: DerbyWalContractTest, DerbyWalDamageTest, DerbyWalKillTest.
 */
final class WalTables implements GuardedTables.Tables {
  private final DerbyDatabase database;
  private final RecordSealer sealer;
  private final WalSettings settings;
  private final Connection connection;
  private final WalMeta meta;
  private final WalReader reader;
  private final FlushMark mark;
  private final SegmentKeeper keeper;

  /** In the order of their entries; the last one is the current one. */
  private final Deque<WalSegment> live = new ArrayDeque<>();

  /** The segments that have been in use since the log was opened, by table. */
  private final Map<String, WalSegment> known = new HashMap<>();

  private long first;
  private long last;
  private long flushed;
  private boolean dirty;

  /** Tables whose deletion has not been committed yet. */
  private final List<String> emptied = new ArrayList<>();

  WalTables(DerbyDatabase database, WalSettings settings) throws IOException, SQLException {
    this.database = database;
    this.sealer = database.sealer();
    this.settings = settings;
    this.connection = database.connect();
    connection.setAutoCommit(false);
    this.meta = new WalMeta(connection);
    this.reader = new WalReader(database);
    this.keeper = new SegmentKeeper(database);
    this.mark = FlushMark.open(database.directory());
  }

  /** Verifies all entries and recovers the layout. */
  synchronized Recovered recover() throws IOException, SQLException {
    WalCheck check = new WalCheck(database);
    List<WalCheck.Content> filled = new ArrayList<>();
    for (String table : tables()) {
      WalCheck.Content content = check.verify(connection, table);
      keeper.found(table);
      if (content.last() >= content.first()) {
        filled.add(content);
      } else {
        keeper.offerEmpty(table);
      }
    }
    filled.sort(Comparator.comparingLong(WalCheck.Content::first));
    Discarded discarded = discarded();
    first = discarded.index() + 1;
    last = discarded.index();
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
      WalSegment segment = segment(content.table());
      segment.restore(content.first(), content.last(), content.bytes());
      live.add(segment);
      last = content.last();
    }
    refuseIfShort();
    flushed = last;
    connection.commit();
    if (live.isEmpty()) {
      openSegment();
    }
    publish();
    return recovered(discarded.term());
  }

  /**
   * What the log holds now.
   *
   * @param termBefore of the entry before the first one
   */
  Recovered recovered(int termBefore) throws SQLException {
    Recovered recovered =
        new Recovered(meta.term(), meta.votedFor(), first, last, termBefore, meta.members());
    connection.commit();
    return recovered;
  }

  /** The last entry that is gone. */
  private record Discarded(long index, int term) {}

  private Discarded discarded() throws IOException, SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT IDX, TERM FROM DISCARDED")) {
      if (!rows.next()) {
        throw new WalCheck(database).damaged("DISCARDED", "it is empty");
      }
      return new Discarded(rows.getLong(1), rows.getInt(2));
    }
  }

  private WalSegment segment(String table) throws SQLException {
    WalSegment segment = known.get(table);
    if (segment == null) {
      segment = new WalSegment(table, connection);
      known.put(table, segment);
    }
    return segment;
  }

  private void refuseIfShort() throws IOException {
    long flushed = FlushMark.read(database.directory());
    if (last < flushed) {
      throw Damage.of(
          "the write-ahead log " + database.directory(),
          "it ends with entry "
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

  synchronized void append(Entry entry) throws IOException, SQLException {
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
    byte[] sealed = sealer.seal(entry.payload(), Place.entry(entry.index(), entry.term()));
    live.getLast().insert(entry.index(), entry.term(), sealed);
    last = entry.index();
    reader.lastIs(last);
  }

  void awaitKeeper() {
    keeper.awaitIdle();
  }

  synchronized void flush() throws IOException, SQLException {
    keeper.throwFailure();
    if (dirty) {
      connection.commit();
      dirty = false;
      mark.set(last);
      flushed = last;
      emptied.forEach(keeper::reuse);
      emptied.clear();
    }
  }

  synchronized void truncateFrom(long index) throws IOException, SQLException {
    if (index > last) {
      return;
    }
    if (index < first) {
      throw new IllegalArgumentException("entry " + index + " has been discarded");
    }
    mark.set(index - 1);
    mark.force();
    dirty = true;
    last = index - 1;
    reader.lastIs(last);
    while (live.size() > 1 && live.getLast().first() >= index) {
      deleteFrom(live.getLast(), index);
      emptied.add(live.removeLast().table);
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

  synchronized void saveTerm(int term, @Nullable String votedFor) throws IOException, SQLException {
    dirty = true;
    meta.writeTerm(term, votedFor);
    flush();
  }

  synchronized void saveMembers(byte[] members) throws IOException, SQLException {
    dirty = true;
    meta.writeMembers(members);
    flush();
  }

  /** Readers forget the segments at once; their rows go later. */
  synchronized void discardUpTo(long index) throws IOException {
    keeper.throwFailure();
    while (live.size() > 1 && live.getFirst().last() <= index && !isPending(live.getFirst())) {
      WalSegment segment = live.removeFirst();
      first = segment.last() + 1;
      publish();
      keeper.discard(segment.table, segment.last());
    }
  }

  /**
   * Empties every segment and continues after the index. The mark goes back before that, if it has
   * to, and forward after it: so a crash leaves the old log or the new one, and the mark never
   * ahead.
   */
  synchronized Recovered reset(long index, int term) throws IOException, SQLException {
    flush();
    if (index < last) {
      mark.set(index);
      mark.force();
    }
    keeper.reset(live.stream().map(segment -> segment.table).toList(), index, term);
    live.clear();
    first = index + 1;
    last = index;
    flushed = index;
    openSegment();
    publish();
    mark.set(index);
    return recovered(term);
  }

  /** True if rows of the segment are not committed: the keeper would wait for them. */
  private boolean isPending(WalSegment segment) {
    return dirty && segment.last() > flushed;
  }

  /** Takes an empty table for what follows the last entry. Nothing is pending. */
  private void openSegment() throws IOException, SQLException {
    WalSegment segment = segment(keeper.take());
    segment.startAt(last + 1);
    live.addLast(segment);
  }

  /** Ends the current segment, and lists those before the new one; all of it is durable. */
  synchronized List<WalRewriting.Segment> beginRewriting() throws IOException, SQLException {
    flushBesideRaft();
    WalSegment current = live.getLast();
    boolean isEmpty = current.last() < current.first();
    if (isEmpty) {
      live.removeLast();
    }
    openSegment();
    publish();
    if (isEmpty) {
      keeper.reuse(current.table);
    }
    return live.stream()
        .filter(segment -> segment != live.getLast())
        .map(WalRewriting.Segment::of)
        .toList();
  }

  /**
   * Has a copy take the place of a segment. From now on the copy is read, which may be uncommitted
   * still.
   *
   * @param bytes of all payloads
   * @return false if the segment has changed since it was listed; then nothing has
   */
  synchronized boolean replace(WalRewriting.Segment former, String table, long bytes)
      throws IOException, SQLException {
    flushBesideRaft();
    List<WalSegment> segments = new ArrayList<>(live);
    for (int at = 0; at < segments.size() - 1; at++) {
      WalSegment segment = segments.get(at);
      if (WalRewriting.Segment.of(segment).equals(former)) {
        WalSegment copy = segment(table);
        copy.restore(former.first(), former.last(), bytes);
        segments.set(at, copy);
        live.clear();
        live.addAll(segments);
        publish();
        return true;
      }
    }
    return false;
  }

  /** What fails here, the Raft thread must not write on top of. */
  private void flushBesideRaft() throws IOException, SQLException {
    try {
      flush();
    } catch (IOException | SQLException failure) {
      keeper.fail(new IOException("the log could not be flushed", failure));
      throw failure;
    }
  }

  /**
   * All that is not sealed as these keys seal has been rewritten.
   *
   * @param begun what the list said when the rewriting began
   */
  synchronized void endRewriting(KeyList begun, MasterKeys keys) throws IOException {
    sealer.keepOnly(keys, begun);
  }

  /** Seals everything anew with the keys that there are now. Any thread, one at a time. */
  void rewrite() throws IOException, SQLException {
    if (!sealer.list().isOnly(sealer.keys())) {
      try (WalRewriting rewriting = new WalRewriting(database, this, keeper)) {
        rewriting.run();
      }
    }
  }

  private void publish() {
    reader.layoutIs(live.stream().map(s -> new WalReader.Part(s.table, s.first())).toList(), last);
  }

  Entry read(long index) throws IOException, SQLException {
    return reader.read(index);
  }

  List<Entry> read(long first, int maxEntries, long maxBytes) throws IOException, SQLException {
    return reader.read(first, maxEntries, maxBytes);
  }

  /** Drops what has not been flushed. */
  @Override
  public synchronized void close() throws IOException, SQLException {
    try (mark) {
      mark.force();
      connection.rollback();
      keeper.close();
      connection.close();
      reader.close();
    }
  }
}
