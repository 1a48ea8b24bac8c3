package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.mvcc.MvccStore;

/**
 * Makes the headers of responses. Thread-safe.
 *
 * <p>Held by: JsonKvIT.
 */
public final class Headers {
  private final Identity identity;
  private final MvccStore store;
  private final Consensus consensus;

  public Headers(Identity identity, MvccStore store, Consensus consensus) {
    this.identity = identity;
    this.store = store;
    this.consensus = consensus;
  }

  /** A header with the given revision, or the store's current one for 0. */
  public Header at(long revision) {
    return header(revision == 0 ? store.revision() : revision);
  }

  /**
   * A header without a revision, as in responses about members and to a watch of compacted
   * revisions.
   */
  public Header withoutRevision() {
    return header(0);
  }

  private Header header(long revision) {
    return new Header(
        identity.clusterId(), identity.memberId(), revision, consensus.status().term());
  }
}
