package io.kvorum.watch;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyValue;
import io.kvorum.mvcc.MvccStore;
import org.jspecify.annotations.Nullable;

/** What the hub reads of the store, to catch up late watchers. Any thread; may block on disk. */
public interface WatchSource {
  /**
   * The last revision that readers see. Does not block, and is a volatile read: that is how a first
   * watcher and the engine, which publishes only if somebody watches, cannot miss each other.
   */
  long revision();

  /** Does not block. */
  long compactedRevision();

  /**
   * What was written from {@code fromRevision} on, in whole revisions: at least that one, if it is
   * visible.
   *
   * @throws io.kvorum.model.RequestException COMPACTED if {@code fromRevision} was compacted
   */
  MvccStore.Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes);

  /** The version before that change; null if there was none or it has been compacted. */
  @Nullable KeyValue versionBefore(Bytes key, long modRevision);
}
