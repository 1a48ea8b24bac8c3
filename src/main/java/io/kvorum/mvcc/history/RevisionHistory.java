package io.kvorum.mvcc.history;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the history of the store durably: pages of consecutive revisions, and the facts beside the
 * keys (leases, alarms, the compact revision, identity).
 *
 * <p>{@link #append} and {@link #rewrite} are each one transaction and are called by one thread,
 * the history thread, once a store uses it; {@link #readPage} and {@link #allocatedBytes} by any.
 * An {@link IOException} of a writing method is final: the member must stop.
 */
public interface RevisionHistory extends AutoCloseable {

  /**
   * A page: many consecutive changes in one blob, see {@link PageCodec}.
   *
   * @param first the first change in it; the key of the page
   * @param data the encoded changes, with their own checksum
   */
  record Page(Revision first, byte[] data) {}

  /**
   * What one transaction adds.
   *
   * @param appliedIndex the log index up to which everything is contained after this batch
   * @param facts changed facts by name; a null value removes the fact
   */
  record Batch(
      long appliedIndex, long appliedTerm, List<Page> pages, Map<String, @Nullable Bytes> facts) {}

  /** What a history held when it was opened, except its pages. */
  record Recovered(long appliedIndex, long appliedTerm, Map<String, Bytes> facts) {}

  /** Receives pages in the order of their first revision. */
  interface PageVisitor {
    void visit(Page page) throws IOException;
  }

  /**
   * Opens the history.
   *
   * @throws IOException if it is damaged, with a message that names the table and the file; nothing
   *     has been changed then
   */
  Recovered open() throws IOException;

  /** Reads all pages, in order, on the thread that writes. */
  void scan(PageVisitor visitor) throws IOException;

  /** Adds pages and facts in one transaction that is durable when this returns. */
  void append(Batch batch) throws IOException;

  /**
   * Replaces pages in one transaction: all of {@code removed} go, all of {@code added} come. A page
   * may be in both.
   *
   * @throws IOException also if one of {@code removed} is not there: nothing has changed then
   */
  void rewrite(List<Revision> removed, List<Page> added) throws IOException;

  /** The data of the page with that key, or null if there is none, or no longer one. */
  byte @Nullable [] readPage(Revision first) throws IOException;

  /** All facts as they are now; on the thread that writes, between two batches. */
  Map<String, Bytes> facts() throws IOException;

  /** Empties the history: no pages, no facts, index 0. One transaction, durable when it returns. */
  void clear() throws IOException;

  /** What the files take, free space in them included; may lag by a few megabytes. */
  long allocatedBytes();

  /** Returns free space to the file system, as far as that is cheap. */
  void releaseFreeSpace() throws IOException;

  @Override
  void close() throws IOException;
}
