package io.kvorum.mvcc.history;

/**
 * The history that a reader uses has been closed: either another one has replaced it, and the
 * reader starts again there, or the store is closed. Never leaves {@code mvcc}.
 */
public final class HistoryClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HistoryClosedException() {
    super("the history has been closed", null, false, false);
  }
}
