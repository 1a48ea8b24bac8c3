package io.kvorum.mvcc;

/** What readers and both writing threads share. */
record StoreParts(
    KeyTable keys,
    RecentChanges recent,
    PageDirectory directory,
    PageReader pages,
    ValueCache cache,
    ValueReader values,
    RangeReader ranges,
    StoreCounters counters) {

  static StoreParts create(RevisionHistory history, StoreSettings settings) {
    KeyTable keys = new KeyTable();
    RecentChanges recent = new RecentChanges();
    PageDirectory directory = new PageDirectory();
    PageReader pages = new PageReader(history, settings.pageCacheBytes());
    ValueCache cache = new ValueCache(settings.valueCacheBytes() - settings.retainBytes());
    ValueReader values = new ValueReader(recent, cache, directory, pages);
    RangeReader ranges = new RangeReader(keys, values, new PagedCounts());
    return new StoreParts(
        keys, recent, directory, pages, cache, values, ranges, new StoreCounters());
  }

  StoreParts withCounters(StoreCounters others) {
    return new StoreParts(keys, recent, directory, pages, cache, values, ranges, others);
  }
}
