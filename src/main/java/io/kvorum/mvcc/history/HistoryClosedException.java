package io.kvorum.mvcc.history;

/**
 * The history that a reader stands on has been closed: either another one has taken its place, and
 * the reader starts anew there, or the store is closed. Never leaves this package.
 */
public final class HistoryClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HistoryClosedException() {
    super("the history has been closed", null, false, false);
  }
}
