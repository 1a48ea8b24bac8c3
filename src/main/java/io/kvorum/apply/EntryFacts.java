package io.kvorum.apply;

import io.kvorum.model.Bytes;
import io.kvorum.model.FactSink;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Collects the facts that the current entry changes. Confined to the Raft thread.
 *
 * <p>Held by: ApplierTest.
 */
final class EntryFacts implements FactSink {
  private Map<String, @Nullable Bytes> changed = new HashMap<>();

  @Override
  public void put(String name, Bytes value) {
    changed.put(name, value);
  }

  @Override
  public void remove(String name) {
    changed.put(name, null);
  }

  /** The store keeps the map that it gets: what is changed later must not get into it. */
  Map<String, @Nullable Bytes> take() {
    if (changed.isEmpty()) {
      return Map.of();
    }
    Map<String, @Nullable Bytes> taken = changed;
    changed = new HashMap<>();
    return taken;
  }

  void clear() {
    changed.clear();
  }
}
