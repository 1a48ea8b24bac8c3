package io.kvorum.service;

/** Makes headers. Thread-safe. */
public final class Headers {
  /** A header with the given revision, or the store's current one for 0. */
  public Header at(long revision) {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * A header without a revision, as watch answers to a compacted start and member calls have it.
   */
  public Header withoutRevision() {
    throw new UnsupportedOperationException("being built");
  }
}
