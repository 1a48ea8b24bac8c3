package io.kvorum.watch;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyValue;
import io.kvorum.mvcc.MvccStore;
import org.jspecify.annotations.Nullable;

/** What the hub reads of the store, to catch up late watchers. Any thread; may block on disk. */
public interface WatchSource {
  long revision();

  long compactedRevision();

  MvccStore.Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes);

  @Nullable KeyValue versionBefore(Bytes key, long modRevision);
}
