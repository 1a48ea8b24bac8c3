package io.kvorum.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.Projection;
import io.kvorum.model.RangeQuery.SortOrder;
import io.kvorum.model.RangeQuery.SortTarget;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.ValueReader.Place;
import io.kvorum.mvcc.index.KeyIndex;
import io.kvorum.mvcc.index.KeyTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers range queries from the index, and from the values where they are asked for.
 *
 * <p>Count, filters, order (except the order by value) and the cut by the limit come from the index
 * alone; only what is returned is read. Thread-safe.
 *
 * <p>Held by: MvccStoreTest, MvccStoreModelTest.
 */
final class RangeReader {
  /** A range over more keys than this is not cheap. */
  private static final int CHEAP_KEYS = 16;

  /** What a key in a result takes beside its bytes, as a version, and in a message. */
  private static final int KEY_VALUE_BYTES = 200;

  private static final int PLACE_BYTES = 32;

  private final KeyTable keys;
  private final ValueReader values;
  private final @Nullable PagedCounts counts;

  /** Reads committed revisions, which never change. */
  static RangeReader ofCommitted(KeyTable keys, ValueReader values) {
    return new RangeReader(keys, values, new PagedCounts());
  }

  /** Reads inside a transaction, whose revision may still change: counts are not kept. */
  static RangeReader ofUncommitted(KeyTable keys, ValueReader values) {
    return new RangeReader(keys, values, null);
  }

  private RangeReader(KeyTable keys, ValueReader values, @Nullable PagedCounts counts) {
    this.keys = keys;
    this.values = values;
    this.counts = counts;
  }

  /**
   * Reads at the revision of the query, or at {@code current}.
   *
   * @param cheap whether to give up rather than read from disk or look at many keys
   * @return null if it gave up, or if a value was compacted away meanwhile
   */
  Result.@Nullable Range read(RangeQuery query, long current, long compacted, boolean cheap) {
    long at = query.revision() <= 0 ? current : query.revision();
    if (at > current) {
      throw new RequestException(ErrorCode.FUTURE_REVISION);
    }
    if (at < compacted) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    if (query.range().isSingle() && !query.isFiltered()) {
      return readKey(query, current, at, cheap);
    }
    Matches matches = new Matches(query, at);
    if (!collect(matches, cheap)) {
      return null;
    }
    return answer(query, current, matches, cheap);
  }

  /**
   * Estimates what the result of {@link #read} takes in memory, from the index alone.
   *
   * @param enough where it may stop, since more makes no difference
   */
  long estimate(RangeQuery query, long current, long enough) {
    long at = query.revision() <= 0 ? current : query.revision();
    if (query.projection() == Projection.COUNT_ONLY) {
      return KEY_VALUE_BYTES;
    }
    boolean isCutInOrder = query.isSortedByKey() || query.isLimitedBeforeSorting();
    long mostMatches = query.limit() + (query.isLimitedBeforeSorting() ? 1 : 0);
    boolean isReadWhole = query.sortTarget() == SortTarget.VALUE;
    boolean needsValues = isReadWhole || query.projection() == Projection.FULL;
    long matches = 0;
    long bytes = 0;
    for (KeyIndex index : keys.in(query.range(), isDescendingByKey(query))) {
      if (bytes > enough || (isCutInOrder && query.limit() > 0 && matches == mostMatches)) {
        break;
      }
      int position = index.positionAt(at);
      if (position < 0
          || index.isTombstone(position)
          || !query.bounds().admits(index.modRevision(position), index.createRevision(position))) {
        continue;
      }
      matches++;
      bytes += KEY_VALUE_BYTES + index.key().length();
      bytes += needsValues ? values.estimateBytes(index, position) : 0;
    }
    if (isReadWhole || isCutInOrder || query.limit() <= 0 || matches <= query.limit()) {
      return bytes;
    }
    // The first of an order that is not that of the keys: any of them, and all have to be sorted.
    return bytes / matches * query.limit() + matches * PLACE_BYTES;
  }

  /** False if it gave up. */
  private boolean collect(Matches matches, boolean cheap) {
    RangeQuery query = matches.query;
    PagedCounts paging = matches.isPage() ? counts : null;
    Long known = paging == null ? null : paging.count(query.range(), matches.at);
    int looked = 0;
    for (KeyIndex index : keys.in(query.range(), isDescendingByKey(query))) {
      if (known != null && matches.isComplete()) {
        break;
      }
      if (cheap && ++looked > CHEAP_KEYS) {
        return false;
      }
      matches.look(index);
    }
    if (known != null) {
      matches.count = known;
      matches.admitted = known;
    }
    if (paging != null && matches.count > query.limit()) {
      paging.left(query.range(), matches.lastKey(), matches.at, matches.count - query.limit());
    }
    return true;
  }

  private Result.@Nullable Range readKey(RangeQuery query, long current, long at, boolean cheap) {
    KeyIndex index = keys.get(query.range().from());
    int position = index == null ? -1 : index.positionAt(at);
    if (index == null || position < 0 || index.isTombstone(position)) {
      return new Result.Range(current, List.of(), false, 0);
    }
    if (query.projection() == Projection.COUNT_ONLY) {
      return new Result.Range(current, List.of(), false, 1);
    }
    boolean isKeyOnly = query.projection() == Projection.KEYS_ONLY;
    if (isKeyOnly && query.sortTarget() != SortTarget.VALUE) {
      return new Result.Range(current, List.of(index.withoutValue(position)), false, 1);
    }
    KeyValue kv = values.cached(index.modRevision(position), index.sub(position));
    if (kv == null && !cheap) {
      kv = values.read(index, position);
    }
    return kv == null
        ? null
        : new Result.Range(current, List.of(isKeyOnly ? kv.withoutValue() : kv), false, 1);
  }

  private Result.@Nullable Range answer(
      RangeQuery query, long current, Matches matches, boolean cheap) {
    if (query.projection() == Projection.COUNT_ONLY) {
      return new Result.Range(current, List.of(), false, matches.count);
    }
    boolean more = query.limit() > 0 && matches.admitted > query.limit();
    List<Place> places = matches.places;
    boolean byValue = query.sortTarget() == SortTarget.VALUE;
    if (query.sortTarget() != SortTarget.KEY && !byValue) {
      places.sort(placeOrder(query));
    }
    if (!byValue) {
      places = cut(places, query.limit());
      if (query.projection() == Projection.KEYS_ONLY) {
        return new Result.Range(current, withoutValues(places), more, matches.count);
      }
    }
    List<KeyValue> kvs = readValues(places, cheap);
    if (kvs == null) {
      return null;
    }
    if (byValue) {
      kvs.sort(inOrder(query, Comparator.comparing(KeyValue::value)));
      kvs = cut(kvs, query.limit());
      if (query.projection() == Projection.KEYS_ONLY) {
        // As in etcd, they still have their leases, which the index does not know.
        kvs.replaceAll(KeyValue::withoutValue);
      }
    }
    return new Result.Range(current, kvs, more, matches.count);
  }

  private @Nullable List<KeyValue> readValues(List<Place> places, boolean cheap) {
    KeyValue[] found = new KeyValue[places.size()];
    if (!cheap) {
      return values.readAll(places, found) ? Arrays.asList(found) : null;
    }
    for (int i = 0; i < found.length; i++) {
      Place place = places.get(i);
      KeyValue kv = values.cached(place.main(), place.sub());
      if (kv == null) {
        return null;
      }
      found[i] = kv;
    }
    return Arrays.asList(found);
  }

  private static List<KeyValue> withoutValues(List<Place> places) {
    List<KeyValue> kvs = new ArrayList<>(places.size());
    for (Place place : places) {
      kvs.add(place.index().withoutValue(place.position()));
    }
    return kvs;
  }

  private static boolean isDescendingByKey(RangeQuery query) {
    return query.sortTarget() == SortTarget.KEY && query.sortOrder() == SortOrder.DESCEND;
  }

  private static Comparator<Place> placeOrder(RangeQuery query) {
    Comparator<Place> ascending =
        switch (query.sortTarget()) {
          case VERSION -> Comparator.comparingLong(p -> p.index().version(p.position()));
          case CREATE -> Comparator.comparingLong(p -> p.index().createRevision(p.position()));
          case MOD -> Comparator.comparingLong(p -> p.index().modRevision(p.position()));
          case KEY, VALUE -> throw new IllegalArgumentException("not sorted by the index");
        };
    return inOrder(query, ascending);
  }

  private static <T> Comparator<T> inOrder(RangeQuery query, Comparator<T> ascending) {
    return query.sortOrder() == SortOrder.DESCEND ? ascending.reversed() : ascending;
  }

  private static <T> List<T> cut(List<T> all, long limit) {
    return limit > 0 && all.size() > limit ? new ArrayList<>(all.subList(0, (int) limit)) : all;
  }

  /** Collects what lives in a range at a revision. */
  private static final class Matches {
    final List<Place> places = new ArrayList<>();
    long count;
    long admitted;
    private final RangeQuery query;
    private final long at;
    private final boolean filtered;
    private final long wanted;

    Matches(RangeQuery query, long at) {
      this.query = query;
      this.at = at;
      this.filtered = query.isFiltered();
      if (query.projection() == Projection.COUNT_ONLY) {
        this.wanted = 0;
      } else if (query.isSortedByKey() && query.limit() > 0) {
        this.wanted = query.limit();
      } else if (query.isLimitedBeforeSorting()) {
        this.wanted = Math.max(query.limit(), query.limit() + 1);
      } else {
        this.wanted = Long.MAX_VALUE;
      }
    }

    /** True if this may be one of several pages of a range: its order is that of the keys. */
    boolean isPage() {
      return query.limit() > 0
          && !filtered
          && query.projection() != Projection.COUNT_ONLY
          && query.sortTarget() == SortTarget.KEY
          && query.sortOrder() != SortOrder.DESCEND;
    }

    boolean isComplete() {
      return places.size() >= wanted;
    }

    Bytes lastKey() {
      return places.get(places.size() - 1).index().key();
    }

    void look(KeyIndex index) {
      int position = index.positionAt(at);
      if (position < 0 || index.isTombstone(position)) {
        return;
      }
      count++;
      if (filtered
          && !query.bounds().admits(index.modRevision(position), index.createRevision(position))) {
        return;
      }
      admitted++;
      if (places.size() < wanted) {
        places.add(new Place(index, position));
      }
    }
  }

  /**
   * Remembers how many keys are left for readers that page through a range. Thread-safe.
   *
   * <p>Every answer carries the number of keys in its range, whatever the limit, and counting walks
   * over all of them: to read a million keys in pages of 500 would take two thousand walks. But the
   * next page is what the page before left over, at the same revision, and that count is known.
   * What a range holds at a revision never changes, so nothing has to be invalidated.
   */
  private static final class PagedCounts {
    private static final int MAX_READERS = 1_000;

    private record Rest(Bytes from, Bytes to, long revision) {}

    private final Cache<Rest, Long> counts =
        Caffeine.newBuilder().maximumSize(MAX_READERS).executor(Runnable::run).build();

    /** Null if it has to be counted. */
    @Nullable Long count(KeyRange range, long revision) {
      Bytes to = range.to();
      return to == null ? null : counts.getIfPresent(new Rest(range.from(), to, revision));
    }

    /** Notes how many keys come after this one in the range. */
    void left(KeyRange range, Bytes last, long revision, long count) {
      Bytes to = range.to();
      if (to != null) {
        counts.put(new Rest(last.successor(), to, revision), count);
      }
    }
  }
}
