package io.kvorum.mvcc;

/**
 * Limits of the store, in bytes.
 *
 * @param valueCacheBytes budget for cached versions of keys
 * @param pageCacheBytes budget for decoded history pages
 * @param unwrittenLimitBytes how much may wait for the history thread before the Raft thread waits
 *     for it
 */
public record StoreSettings(long valueCacheBytes, long pageCacheBytes, long unwrittenLimitBytes) {
  private static final long MAX_RETAINED_BYTES = 16L << 20;

  /** How much of what is written stays in memory for readers that follow the writer closely. */
  public long retainBytes() {
    return Math.min(valueCacheBytes / 4, MAX_RETAINED_BYTES);
  }
}
