package io.kvorum.consensus;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stores the durable log of a member: entries with consecutive indexes, and the election state.
 *
 * <p>Confined to the Raft thread, except {@link #read} and {@link #sizeBytes}, which any thread may
 * call. An {@link IOException} is final: the member must stop, since what was buffered may or may
 * not be on disk.
 */
public interface WriteAheadLog extends AutoCloseable {

  /** One entry; the payload is opaque to the log, and shared: it must not be changed. */
  record Entry(long index, int term, byte[] payload) {}

  /**
   * What a log held when it was opened.
   *
   * @param term 0 in a log that never saw an election
   * @param votedFor the candidate that got this member's vote in {@code term}
   * @param firstIndex the first entry that it still holds; {@code lastIndex + 1} if none
   * @param lastIndex the last entry, or the last one that was discarded; 0 in an empty log
   * @param lastDiscardedTerm the term of the entry before {@code firstIndex}
   * @param members the encoded initial members; null in a log that was never initialised
   */
  record Recovered(
      int term,
      @Nullable String votedFor,
      long firstIndex,
      long lastIndex,
      int lastDiscardedTerm,
      byte @Nullable [] members) {}

  /**
   * Opens the log and verifies it: every entry from first to last is there and its checksum holds.
   *
   * @throws IOException if it is damaged, with a message that names the table and the file; nothing
   *     has been changed then
   */
  Recovered open() throws IOException;

  /** Buffers an entry; its index must follow the last one. Durable after {@link #flush}. */
  void append(Entry entry) throws IOException;

  /** When this method returns, everything written so far has become durable. */
  void flush() throws IOException;

  /** Removes the entries from {@code index} on. Durable after {@link #flush}. */
  void truncateFrom(long index) throws IOException;

  /** Durable when it returns. */
  void saveTerm(int term, @Nullable String votedFor) throws IOException;

  /** Durable when it returns. */
  void saveMembers(byte[] members) throws IOException;

  /**
   * Discards the entries up to {@code index}, in whole segments, so that some may stay readable.
   */
  void discardUpTo(long index) throws IOException;

  /**
   * Discards all entries and continues after {@code index}, as if those up to there had been
   * discarded; term, vote and members stay. Durable when it returns.
   *
   * @param term of the entry at {@code index}
   * @return what the log holds now
   */
  Recovered reset(long index, int term) throws IOException;

  /** The entry at {@code index}, which must be between first and last. */
  Entry read(long index) throws IOException;

  /**
   * Entries from {@code first} on, in order and without a gap: at least that one, which must be
   * between first and last, and at most {@code maxEntries}. There may be fewer than the log has:
   * the caller reads on from there.
   *
   * @param maxBytes of all payloads together; a larger one is returned alone
   */
  List<Entry> read(long first, int maxEntries, long maxBytes) throws IOException;

  /** The space that the log takes on disk. */
  long sizeBytes();

  @Override
  void close() throws IOException;
}
