package io.kvorum.watch;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyValue;
import io.kvorum.mvcc.MvccStore;
import org.jspecify.annotations.Nullable;

/** The store, as the watch hub sees it. Thread-safe. */
public record StoreSource(MvccStore store) implements WatchSource {
  @Override
  public long revision() {
    return store.revision();
  }

  @Override
  public long compactedRevision() {
    return store.compactedRevision();
  }

  @Override
  public MvccStore.Changes changesFrom(long fromRevision, int maxRevisions, long maxBytes) {
    return store.changesFrom(fromRevision, maxRevisions, maxBytes);
  }

  @Override
  public @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
    return store.versionBefore(key, modRevision);
  }
}
