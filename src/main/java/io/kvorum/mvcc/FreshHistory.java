package io.kvorum.mvcc;

import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;

/**
 * Provides the place that a store moves to when it is defragmented: beside the current history,
 * where no incoming snapshot is. Called in the order of the methods; {@link #discard} instead of
 * what follows, if the move is given up. Each call is made by one thread at a time.
 */
public interface FreshHistory {
  /**
   * Creates and opens an empty history.
   *
   * @throws IOException also if a snapshot of another member is being received; nothing is left of
   *     it then
   */
  RevisionHistory create() throws IOException;

  /**
   * Makes it the current one, durably: a restart opens it from now on.
   *
   * @throws IOException if it is unknown whether it is; the member must stop
   */
  void makeCurrent() throws IOException;

  /** Deletes the former history, which has been closed. */
  void deleteFormer() throws IOException;

  /** Deletes what was created, which has been closed. */
  void discard() throws IOException;
}
