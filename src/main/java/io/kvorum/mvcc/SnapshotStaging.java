package io.kvorum.mvcc;

import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.List;

/**
 * A store of another member on its way to this one: page by page into a history of its own, beside
 * the one that serves. Confined to one thread at a time.
 *
 * <pre>
 *   begin(header) → add(pages)* → complete()  → MvccStore.install
 *         │             ▲
 *         └── resumes ──┘   after the last change that is there, if that may be gone on with
 * </pre>
 *
 * <p>Whenever a stream breaks, or one of these throws, {@code begin} is the way on: with another
 * header, from the same sender or another one, on the same object or, after {@link #close}, on
 * another one over the same files.
 */
public interface SnapshotStaging extends AutoCloseable {

  /**
   * Says what is coming. What is there already is kept if it is a part of that, and dropped if not.
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
   * @throws IOException if a page is damaged, does not fit or is beyond what was to come, too:
   *     everything is dropped then
   */
  void add(List<RevisionHistory.Page> pages) throws IOException;

  /**
   * Everything has arrived: checks it, makes it durable as a whole, and builds the index, which
   * takes its time.
   *
   * @throws IOException if the end is missing, too
   */
  void complete() throws IOException;

  /** Valid once begun. */
  StoreSnapshot.Header header();

  /**
   * Lets go of files, which stay for another attempt; does nothing once installed, nor the second
   * time.
   */
  @Override
  void close() throws IOException;
}
