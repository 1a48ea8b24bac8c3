package io.kvorum.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.PageDirectory;
import io.kvorum.mvcc.history.PageDirectory.StoredPage;
import io.kvorum.mvcc.history.PageReader;
import io.kvorum.mvcc.history.PageReader.DecodedPage;
import io.kvorum.mvcc.index.KeyIndex;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the version of a key that a change wrote: in the recent changes, in the cache, or in its
 * page. Thread-safe.
 *
 * <p>Held by: MvccStoreTest, MvccStoreConcurrencyTest.
 */
final class ValueReader {
  /** A longer list of keys bypasses the value cache, where it would only push out others. */
  private static final int MAX_TO_REMEMBER = 64;

  /** A change that the index knows. */
  record Place(KeyIndex index, int position) {
    long main() {
      return index.modRevision(position);
    }

    int sub() {
      return index.sub(position);
    }
  }

  private static final Comparator<Place> BY_REVISION =
      Comparator.comparingLong(Place::main).thenComparingInt(Place::sub);

  private final RecentChanges recent;
  private final ValueCache cache;
  private final PageDirectory directory;
  private final PageReader pages;

  ValueReader(RecentChanges recent, long cacheBytes, PageDirectory directory, PageReader pages) {
    this.recent = recent;
    this.cache = new ValueCache(cacheBytes);
    this.directory = directory;
    this.pages = pages;
  }

  /** The version if it is in memory. */
  @Nullable KeyValue cached(long main, int sub) {
    Change change = recent.find(main, sub);
    return change != null ? change.kv() : cache.get(main, sub);
  }

  /** As {@link #cached}, but does not count as a use of the cache. */
  @Nullable KeyValue peek(long main, int sub) {
    Change change = recent.find(main, sub);
    return change != null ? change.kv() : cache.peek(main, sub);
  }

  /**
   * How long the value is, without reading it: exactly if it is in memory, else as long as the
   * values beside it in its page. Large values have pages of their own.
   */
  int estimateBytes(KeyIndex index, int position) {
    long main = index.modRevision(position);
    int sub = index.sub(position);
    KeyValue kv = peek(main, sub);
    if (kv != null) {
      return kv.value().length();
    }
    StoredPage page = directory.holding(new Revision(main, sub));
    return page == null ? 0 : page.averageBytes();
  }

  /** The version, read from disk if need be; null if it was compacted away meanwhile. */
  @Nullable KeyValue read(KeyIndex index, int position) {
    KeyValue[] found = new KeyValue[1];
    return readAll(List.of(new Place(index, position)), found) ? found[0] : null;
  }

  /**
   * Fills in the version for each place.
   *
   * @return false if one of them was compacted away meanwhile
   */
  boolean readAll(List<Place> places, @Nullable KeyValue[] found) {
    int missing = fillFromMemory(places, found);
    if (missing == 0) {
      return true;
    }
    // In the order of revisions each page is read once, however the keys are spread over them.
    int[] inOrder =
        IntStream.range(0, places.size())
            .filter(i -> found[i] == null)
            .boxed()
            .sorted((a, b) -> BY_REVISION.compare(places.get(a), places.get(b)))
            .mapToInt(Integer::intValue)
            .toArray();
    boolean remember = places.size() <= MAX_TO_REMEMBER;
    PageCursor cursor = new PageCursor(remember);
    for (int i : inOrder) {
      Place place = places.get(i);
      Change change = cursor.find(new Revision(place.main(), place.sub()));
      if (change == null) {
        return false;
      }
      KeyValue kv = withKeyOf(place.index(), change.kv());
      found[i] = kv;
      if (remember) {
        cache.put(place.sub(), kv);
      }
    }
    return true;
  }

  private int fillFromMemory(List<Place> places, @Nullable KeyValue[] found) {
    int missing = 0;
    for (int i = 0; i < found.length; i++) {
      Place place = places.get(i);
      found[i] = cached(place.main(), place.sub());
      if (found[i] == null) {
        missing++;
      }
    }
    return missing;
  }

  /** The same version, sharing the key's bytes with the index instead of holding its own. */
  private static KeyValue withKeyOf(KeyIndex index, KeyValue kv) {
    Bytes key = index.key();
    return new KeyValue(
        key, kv.value(), kv.createRevision(), kv.modRevision(), kv.version(), kv.lease());
  }

  /** Keeps a version that is leaving {@link RecentChanges}. */
  void keep(Change change) {
    cache.put(change.sub(), change.kv());
  }

  /** Remembers the page it was at. */
  private final class PageCursor {
    private final boolean cached;
    private @Nullable StoredPage page;
    private @Nullable DecodedPage content;

    PageCursor(boolean cached) {
      this.cached = cached;
    }

    @Nullable Change find(Revision revision) {
      while (true) {
        long version = directory.version();
        DecodedPage decoded = load(directory.holding(revision));
        Change change = decoded == null ? null : decoded.find(revision.main(), revision.sub());
        if (change != null) {
          return change;
        }
        if ((version & 1) == 0 && directory.version() == version) {
          return null;
        }
        page = null;
        Thread.yield();
      }
    }

    private @Nullable DecodedPage load(@Nullable StoredPage wanted) {
      if (wanted == null) {
        return null;
      }
      if (wanted != page) {
        content = cached ? pages.read(wanted) : pages.readUncached(wanted);
        page = wanted;
      }
      return content;
    }
  }

  /** Versions of keys within a budget of bytes, found by their revision. Thread-safe. */
  private static final class ValueCache {
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
  }
}
