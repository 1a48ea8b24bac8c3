package io.kvorum.derby;

/**
 * Sizes of the revision history.
 *
 * @param pageCachePages pages of 4 KiB that Derby keeps in memory
 * @param readers how many threads may read at the same time
 */
public record HistorySettings(int pageCachePages, int readers) {
  public static final HistorySettings DEFAULT = new HistorySettings(CachedPages.of(6_000), 8);
}
