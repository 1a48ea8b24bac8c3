package io.kvorum.model;

import org.jspecify.annotations.Nullable;

/**
 * One change as watchers see it.
 *
 * @param kv the new version, or a tombstone
 * @param prevKv the version before, if it is known without a look-up; null for a creation, and if
 *     it must be read from the store
 */
public record Event(KeyValue kv, @Nullable KeyValue prevKv) {
  public boolean isDelete() {
    return kv.isTombstone();
  }
}
