package io.kvorum.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Revision;
import org.jspecify.annotations.Nullable;

/** Versions of keys within a budget of bytes, found by their revision. Thread-safe. */
final class ValueCache {
  /** What an entry takes beside its value, measured: node, map entry, key, record, wrapper. */
  private static final int OVERHEAD_BYTES = 220;

  private final Cache<Revision, KeyValue> cache;

  ValueCache(long budgetBytes) {
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(budgetBytes)
            .<Revision, KeyValue>weigher((revision, kv) -> OVERHEAD_BYTES + kv.value().length())
            .executor(Runnable::run)
            .build();
  }

  @Nullable KeyValue get(long main, int sub) {
    return cache.getIfPresent(new Revision(main, sub));
  }

  /** As {@link #get}, but does not count as a use. */
  @Nullable KeyValue peek(long main, int sub) {
    return cache.policy().getIfPresentQuietly(new Revision(main, sub));
  }

  void put(int sub, KeyValue kv) {
    cache.put(new Revision(kv.modRevision(), sub), kv);
  }

  void remove(long main, int sub) {
    cache.invalidate(new Revision(main, sub));
  }
}
