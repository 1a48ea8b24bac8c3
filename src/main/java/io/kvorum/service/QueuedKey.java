package io.kvorum.service;

import io.kvorum.model.Bytes;
import io.kvorum.model.Compare;
import org.jspecify.annotations.Nullable;

/**
 * A key with which a caller stands in a queue, as its first transaction found it. Immutable.
 *
 * @param lease the caller's
 * @param createRevision its place in the queue
 * @param revision of the transaction
 * @param isNew whether the transaction has put it; if not, it was there
 * @param isFirst whether no older key was there
 */
record QueuedKey(
    Bytes key,
    long lease,
    Bytes value,
    long createRevision,
    long revision,
    boolean isNew,
    boolean isFirst) {

  /** True for this key alone: not for one that was put under the same name after its deletion. */
  Compare isStillThere() {
    return KeyQueue.createdAt(key, createRevision);
  }

  /**
   * What must hold for the key to be deleted if its caller has gone. A key that was there and was
   * first stays: its owner had the lock before, and has merely asked again.
   */
  @Nullable Compare unwantedIfAbandoned() {
    return isNew || !isFirst ? isStillThere() : null;
  }
}
