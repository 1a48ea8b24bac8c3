package io.kvorum.mvcc;

/**
 * Limits of the store, in bytes.
 *
 * @param valueCacheBytes budget for cached versions of keys
 * @param pageCacheBytes budget for decoded history pages
 * @param unwrittenLimitBytes how much may wait for the history thread before the engine waits for
 *     it
 */
public record StoreSettings(long valueCacheBytes, long pageCacheBytes, long unwrittenLimitBytes) {}
