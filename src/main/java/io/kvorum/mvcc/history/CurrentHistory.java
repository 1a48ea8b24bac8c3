package io.kvorum.mvcc.history;

/**
 * Refers to the history that a store uses, which another one may replace. The history thread alone
 * replaces it; any thread reads the reference, but only {@link PageReader} sees to it that nobody
 * reads from a history that is being closed.
 *
 * <p>Held by: DefragmentationTest.
 */
public final class CurrentHistory {
  private volatile RevisionHistory history;

  public CurrentHistory(RevisionHistory first) {
    this.history = first;
  }

  public RevisionHistory get() {
    return history;
  }

  void replaceBy(RevisionHistory next) {
    history = next;
  }
}
