package io.kvorum.mvcc;

import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.List;

/**
 * Receives a snapshot of another member's store, page by page, into a separate history beside the
 * one that serves. Confined to one thread at a time.
 *
 * <pre>
 *   begin(header) → add(pages)* → complete()  → MvccStore.install
 *         │             ▲
 *         └── resumes ──┘   after the last change that is there, if it can be resumed
 * </pre>
 *
 * <p>After a broken stream or an exception, {@code begin} starts the next attempt: with another
 * header, from the same sender or another one, on the same object or, after {@link #close}, on
 * another one over the same files.
 */
public interface SnapshotStaging extends AutoCloseable {

  /**
   * Announces the snapshot. What is there already is kept if it is a part of it, and dropped if
   * not.
   *
   * @return the last <em>change</em> that is there, not the first of a page, since pages of another
   *     sender begin elsewhere; (0, 0) if nothing is. It goes to the sender, as the first {@code
   *     after} of {@link StoreSnapshot#pagesAfter}.
   */
  Revision begin(StoreSnapshot.Header header) throws IOException;

  /**
   * Adds pages, in order, that leave nothing out after those that are there; durable when it
   * returns. Changes that are there already are left out, also where a page has them in part.
   *
   * @throws IOException if a page is damaged, does not fit, or is beyond what was announced:
   *     everything is dropped then
   */
  void add(List<RevisionHistory.Page> pages) throws IOException;

  /**
   * Completes the snapshot: checks it, makes it durable as a whole, and builds the index, which
   * takes time.
   *
   * @throws IOException also if the end is missing
   */
  void complete() throws IOException;

  /** The header that was announced; valid once begun. */
  StoreSnapshot.Header header();

  /**
   * Closes the history; its files stay for another attempt. Does nothing once installed, nor the
   * second time.
   */
  @Override
  void close() throws IOException;
}
