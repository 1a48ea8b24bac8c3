package io.kvorum.boot;

import io.kvorum.mvcc.StoreSettings;

/**
 * Divides the heap among the caches and queues that grow with use; the key index takes what it
 * needs.
 *
 * @param heapBytes the largest heap of this JVM
 */
record HeapBudget(long heapBytes) {
  private static final long MOST_PENDING_BYTES = 64L << 20;

  static HeapBudget ofThisJvm() {
    return new HeapBudget(Runtime.getRuntime().maxMemory());
  }

  StoreSettings store() {
    return new StoreSettings(heapBytes / 10, heapBytes / 32, heapBytes / 16);
  }

  /** Bytes of proposals that have been accepted and not answered. */
  long pendingProposals() {
    return Math.min(MOST_PENDING_BYTES, heapBytes / 16);
  }
}
