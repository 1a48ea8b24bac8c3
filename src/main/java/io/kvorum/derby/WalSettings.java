package io.kvorum.derby;

/**
 * Sizes of the write-ahead log.
 *
 * @param segmentBytes payload after which a further segment is begun
 * @param pageCachePages pages of 4 KiB that Derby keeps in memory
 */
public record WalSettings(long segmentBytes, int pageCachePages) {
  public static final WalSettings DEFAULT = new WalSettings(64L << 20, CachedPages.of(2_000));
}
