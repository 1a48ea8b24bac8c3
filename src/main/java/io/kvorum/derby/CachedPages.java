package io.kvorum.derby;

/**
 * Decides how many pages Derby keeps in memory: fewer where the heap is small, since a cache of
 * them is never given back. Stateless.
 *
 * <p>Held by: CachedPagesTest.
 */
final class CachedPages {
  private static final long FULL_HEAP_BYTES = 1L << 30;

  private static final int LEAST = 500;

  private CachedPages() {}

  /**
   * @param full how many there are in a heap of a gigabyte or more
   */
  static int of(int full) {
    return of(full, Runtime.getRuntime().maxMemory());
  }

  static int of(int full, long heapBytes) {
    return (int) Math.min(full, Math.max(LEAST, full * heapBytes / FULL_HEAP_BYTES));
  }
}
