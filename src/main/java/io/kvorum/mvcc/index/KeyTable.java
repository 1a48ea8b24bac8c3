package io.kvorum.mvcc.index;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds every key with its {@link KeyIndex}: ordered for ranges, hashed for single keys.
 *
 * <p>One writer, lock-free readers. A reader may see keys that were written after the revision it
 * reads at, which their index tells; it never misses one that was there when it began.
 *
 * <p>Held by: MvccStoreTest, MvccStoreModelTest, MvccStoreConcurrencyTest.
 */
public final class KeyTable {
  private final ConcurrentHashMap<Bytes, KeyIndex> hashed = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<Bytes, KeyIndex> ordered = new ConcurrentSkipListMap<>();

  public @Nullable KeyIndex get(Bytes key) {
    return hashed.get(key);
  }

  /** The keys of a range, in order or in reverse order; a live view. */
  public Collection<KeyIndex> in(KeyRange range, boolean descending) {
    if (range.isEmpty()) {
      return List.of();
    }
    Bytes to = range.to();
    if (to == null) {
      KeyIndex index = hashed.get(range.from());
      return index == null ? List.of() : List.of(index);
    }
    ConcurrentNavigableMap<Bytes, KeyIndex> view =
        to.isEmpty() ? ordered.tailMap(range.from()) : ordered.subMap(range.from(), to);
    return descending ? view.descendingMap().values() : view.values();
  }

  /** Every key in order; a live view. */
  public Collection<KeyIndex> all() {
    return ordered.values();
  }

  /** Adds a key that is not there, or replaces the index of one that is. */
  public void put(KeyIndex index) {
    hashed.put(index.key(), index);
    ordered.put(index.key(), index);
  }

  public void remove(Bytes key) {
    ordered.remove(key);
    hashed.remove(key);
  }

  /** True if the index, as it is now, still knows the change. */
  public boolean contains(Bytes key, long main, int sub) {
    KeyIndex index = hashed.get(key);
    return index != null && index.contains(main, sub);
  }

  /**
   * Adds to the hashed half alone, while a history is read. {@link #order} makes up for it: sorting
   * all keys once and inserting them in order is several times faster than inserting as they come.
   */
  public void putUnordered(KeyIndex index) {
    hashed.put(index.key(), index);
  }

  public void removeUnordered(Bytes key) {
    hashed.remove(key);
  }

  public long countLiving() {
    long living = 0;
    for (KeyIndex index : ordered.values()) {
      if (!index.isTombstone(index.size() - 1)) {
        living++;
      }
    }
    return living;
  }

  public void order() {
    KeyIndex[] sorted = hashed.values().toArray(new KeyIndex[0]);
    Arrays.sort(sorted, Comparator.comparing(KeyIndex::key));
    for (KeyIndex index : sorted) {
      ordered.put(index.key(), index);
    }
  }
}
