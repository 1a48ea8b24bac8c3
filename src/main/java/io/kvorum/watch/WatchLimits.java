package io.kvorum.watch;

/**
 * Bounds the queues and batches of the hub.
 *
 * @param ring most published revisions that wait for the hub thread
 * @param batch most revisions that the hub thread fans out at once
 * @param message most events in one message, unless one revision has more
 * @param queue most events that wait in a stream before its watchers fall behind
 * @param queues most bytes that wait in all streams together; each stream may have its part of it,
 *     and some events at least
 * @param recent most revisions kept for watchers that are a little late
 * @param pass most revisions that one catch-up pass reads
 * @param passWatchers most watchers that one catch-up pass serves
 */
record WatchLimits(
    Budget ring,
    Budget batch,
    Budget message,
    Budget queue,
    long queues,
    Budget recent,
    Budget pass,
    int passWatchers) {

  private static final long MIB = 1 << 20;

  /** A limit by number and by bytes, whichever is reached first. */
  record Budget(int count, long bytes) {
    boolean isUsedUp(long usedCount, long usedBytes) {
      return usedCount >= count || usedBytes >= bytes;
    }

    boolean allows(long neededCount, long neededBytes) {
      return neededCount <= count && neededBytes <= bytes;
    }

    Budget within(long most) {
      return new Budget(count, Math.min(bytes, most));
    }

    Budget half() {
      return new Budget(count / 2, bytes / 2);
    }
  }

  /** A stream's part, however many streams there are: room for some events of the usual size. */
  private static final long LEAST_QUEUE_BYTES = 64 << 10;

  /** Most bytes that wait in one of so many streams. */
  long queueBytes(int streams) {
    long part = queues / Math.max(1, streams);
    return Math.min(queue.bytes(), Math.max(LEAST_QUEUE_BYTES, part));
  }

  /** These, but no more bytes than that. */
  WatchLimits within(WatchHub.Memory memory) {
    return new WatchLimits(
        ring.within(memory.unseenBytes()),
        batch,
        message,
        queue,
        Math.min(queues, memory.queuedBytes()),
        recent.within(memory.recentBytes()),
        pass,
        passWatchers);
  }

  static WatchLimits standard() {
    return new WatchLimits(
        new Budget(8192, 32 * MIB),
        new Budget(256, MIB),
        new Budget(1000, MIB),
        new Budget(16_384, 4 * MIB),
        256 * MIB,
        new Budget(2048, 8 * MIB),
        new Budget(1000, 4 * MIB),
        512);
  }
}
