package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyValue;
import org.jspecify.annotations.Nullable;

/**
 * Reads changes in the order of their revisions, for watchers that are behind. Thread-safe; what is
 * not said to be non-blocking may read from disk.
 */
public interface ChangeSource {
  /**
   * The last revision that readers see. Does not block, and is a volatile read: a first watcher and
   * the Raft thread, which publishes only while there are watchers, rely on that order to not miss
   * each other.
   */
  long revision();

  /** The revision up to which changes may be gone. Does not block. */
  long compactedRevision();

  /**
   * The changes from {@code fromRevision} on, in whole revisions: at least that one, if it is
   * visible.
   *
   * @throws io.kvorum.model.RequestException COMPACTED if {@code fromRevision} was compacted
   */
  MvccStore.Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes);

  /** The version before that change; null if there was none or it has been compacted. */
  @Nullable KeyValue versionBefore(Bytes key, long modRevision);
}
