package io.kvorum.boot;

/**
 * Divides the heap. What the member needs for itself comes first: its classes, the container, the
 * databases. The rest is divided into shares, one for each thing that grows with use, so that all
 * of them together fit however they are used at the same time; what no share has is for the key
 * index, which takes what it needs, and for the collector. Immutable.
 *
 * @param heapBytes the largest heap of this JVM
 */
record HeapShares(long heapBytes) {
  private static final long MIB = 1 << 20;

  /** Measured in an idle member. */
  static final long OWN_BYTES = 64 * MIB;

  /** Of a heap that is large only because the machine is: what caches hold is not given back. */
  private static final long MOST_CACHED_BYTES = 128 * MIB;

  private static final long MOST_CACHED_PAGES_BYTES = 32 * MIB;
  private static final long MOST_UNWRITTEN_BYTES = 64 * MIB;
  private static final long MOST_QUEUED_BYTES = 256 * MIB;
  private static final long MOST_RECENT_BYTES = 8 * MIB;
  private static final long MOST_UNSEEN_BYTES = 32 * MIB;

  /** For some of the largest requests at once, which count twice. */
  private static final int LEAST_REQUESTS = 8;

  /** In a heap that is hardly enough for the member itself there is little to divide. */
  private long divided() {
    return Math.max(heapBytes - OWN_BYTES, heapBytes / 3);
  }

  /** Cached versions of keys. Recent changes have a quarter as much beside it. */
  long cachedVersions() {
    return Math.min(MOST_CACHED_BYTES, divided() / 12);
  }

  /** Decoded pages of the history. */
  long cachedPages() {
    return Math.min(MOST_CACHED_PAGES_BYTES, divided() / 32);
  }

  /** Changes that wait for the history thread. */
  long unwritten() {
    return Math.min(MOST_UNWRITTEN_BYTES, divided() / 16);
  }

  /**
   * Requests that are proposed, results, and answers that have not been written. It counts once
   * what an answer takes twice, in the heap while it is made and outside while it is written, where
   * there is as much room again.
   */
  long calls(int maxRequestBytes) {
    return Math.max((long) LEAST_REQUESTS * maxRequestBytes, divided() / 4);
  }

  /**
   * Requests that are arriving. They are outside of the heap, but for the objects of their parts.
   */
  long arriving() {
    return divided() / 12;
  }

  /** Messages of JSON streams that have not arrived whole. */
  long unfinished() {
    return divided() / 24;
  }

  /** Connections and calls, whatever they are about. */
  long presence() {
    return divided() / 5;
  }

  /** Events for watchers that do not read. */
  long queuedEvents() {
    return Math.min(MOST_QUEUED_BYTES, divided() / 12);
  }

  /** Events that the watch hub has not seen yet. */
  long unseenEvents() {
    return Math.min(MOST_UNSEEN_BYTES, divided() / 16);
  }

  /** Events that the watch hub keeps for watchers that are a little late. */
  long recentEvents() {
    return Math.min(MOST_RECENT_BYTES, divided() / 32);
  }
}
