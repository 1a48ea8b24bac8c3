package io.kvorum.mvcc;

import io.kvorum.model.Revision;
import java.io.IOException;
import java.util.List;

/**
 * A store of another member on its way to this one: page by page into a history of its own, beside
 * the one that serves. Confined to one thread at a time.
 *
 * <pre>
 *   begin(header) → add(pages)* → complete()  → MvccStore.install
 *         │             ▲
 *         └── resumes ──┘   from {@link #last}, if what is there belongs to the same history
 * </pre>
 */
public interface StagedStore extends AutoCloseable {

  /**
   * Says what is coming. What is there already is kept if it is a part of that, and dropped if not:
   * pages of the same compact revision are the same on every member, whoever sends them.
   *
   * @return the first revision of the last page that is there; (0, 0) if none is
   */
  Revision begin(StoreReading.Header header) throws IOException;

  /** Adds pages that follow those that are there; durable when it returns. */
  void add(List<RevisionHistory.Page> pages) throws IOException;

  /** Everything has arrived: checks it, and builds the index, which takes its time. */
  void complete() throws IOException;

  /** Valid once begun. */
  StoreReading.Header header();

  /** Lets go of files, which stay for another attempt; does nothing once installed. */
  @Override
  void close() throws IOException;
}
