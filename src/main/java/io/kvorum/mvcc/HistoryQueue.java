package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.mvcc.HistoryLoader.LoadedHistory;
import io.kvorum.mvcc.index.IndexCompaction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Queues what was committed, and what index compaction dropped, for the history thread.
 *
 * <p>Bounded by bytes and by revisions: {@link #put(Entry)} blocks the Raft thread while too much
 * is unwritten. So a history that is slower than the writers slows the writers down, and with them
 * everything else that this member's Raft thread does. Thread-safe.
 *
 * <p>Held by: MvccStoreTest, MvccStoreModelTest.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // each with the lock held
final class HistoryQueue {
  /**
   * The end of an entry of the log.
   *
   * @param lastRevision the revision of the store after it
   * @param compactedRevision the compact revision after it
   * @param bytes the weight of its changes
   */
  record Entry(
      long index,
      long term,
      long lastRevision,
      long compactedRevision,
      long bytes,
      Map<String, @Nullable Bytes> facts) {}

  /** What there is to do; nothing if both lists are empty. */
  record Work(List<Entry> entries, List<IndexCompaction.Dropped> dropped) {}

  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long BATCH_BYTES = 4L << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition space = lock.newCondition();
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private final ArrayDeque<IndexCompaction.Dropped> dropped = new ArrayDeque<>();
  private final long limitBytes;
  private final long gatherBytes;

  private long queuedBytes;

  /** Written with the lock held; read without it, for each request that writes. */
  private volatile long unwrittenBytes;

  private long lastIndex;
  private long lastRevision;
  private long writtenRevision;
  private long gatherUntilNanos;
  private boolean nudged;
  private boolean closing;
  private boolean abandoned;
  private @Nullable Throwable failure;

  HistoryQueue(long limitBytes, LoadedHistory written) {
    this.limitBytes = limitBytes;
    this.gatherBytes = Math.min(BATCH_BYTES, limitBytes / 2);
    this.lastIndex = written.recovered().appliedIndex();
    this.lastRevision = written.revision();
    this.writtenRevision = written.revision();
  }

  /**
   * Adds an entry; blocks the caller, which is the Raft thread, while too much is unwritten.
   *
   * @throws IllegalStateException if the history failed or was closed
   */
  void put(Entry entry) {
    lock.lock();
    try {
      checkOpen();
      entries.add(entry);
      queuedBytes += entry.bytes();
      unwrittenBytes += entry.bytes();
      lastIndex = entry.index();
      lastRevision = entry.lastRevision();
      if (entries.size() == 1 || queuedBytes >= gatherBytes) {
        work.signal();
      }
      while (isFull()) {
        space.awaitUninterruptibly();
        checkOpen();
      }
    } finally {
      lock.unlock();
    }
  }

  void put(IndexCompaction.Dropped chunk) {
    lock.lock();
    try {
      dropped.add(chunk);
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for work, and briefly for more of it, so that batches are large.
   *
   * @param patienceNanos when to return without work
   * @return null when closing and everything is written
   */
  @Nullable Work take(long patienceNanos) throws InterruptedException {
    lock.lock();
    try {
      long patience = patienceNanos;
      while (!closing && !isDue() && patience > 0) {
        long gathering = entries.isEmpty() ? Long.MAX_VALUE : gatherUntilNanos - System.nanoTime();
        long waiting = Math.min(patience, gathering);
        patience -= waiting - work.awaitNanos(waiting);
      }
      boolean due = isDue();
      nudged = false;
      if (closing) {
        return entries.isEmpty() || abandoned ? null : new Work(takeBatch(), List.of());
      }
      return due ? new Work(takeBatch(), takeDropped()) : new Work(List.of(), List.of());
    } finally {
      lock.unlock();
    }
  }

  /** Takes entries up to the first with this compact revision, if there are any. */
  List<Entry> takeThroughCompactRevision(long compactRevision) {
    lock.lock();
    try {
      List<Entry> taken = new ArrayList<>();
      boolean pending = entries.stream().anyMatch(e -> e.compactedRevision() > compactRevision);
      while (pending && !entries.isEmpty()) {
        taken.add(takeEntry());
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  void written(List<Entry> batch) {
    lock.lock();
    try {
      for (Entry entry : batch) {
        unwrittenBytes -= entry.bytes();
        writtenRevision = entry.lastRevision();
      }
      space.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The index of the last entry that was committed, whether or not it is written. */
  long lastIndex() {
    lock.lock();
    try {
      return lastIndex;
    } finally {
      lock.unlock();
    }
  }

  /** Any thread, without waiting. */
  long unwrittenBytes() {
    return unwrittenBytes;
  }

  void fail(Throwable cause) {
    lock.lock();
    try {
      failure = cause;
      space.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Wakes the history thread, and has it write what is queued without waiting for more. */
  void nudge() {
    lock.lock();
    try {
      nudged = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Drops everything that is queued, unwritten, and closes. */
  void abandon() {
    lock.lock();
    try {
      abandoned = true;
      entries.clear();
      dropped.clear();
    } finally {
      lock.unlock();
    }
    close();
  }

  void close() {
    lock.lock();
    try {
      closing = true;
      work.signalAll();
      space.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (failure != null) {
      throw new IllegalStateException("the revision history cannot be written", failure);
    }
    if (closing) {
      throw new IllegalStateException("the store has been closed");
    }
  }

  private boolean isFull() {
    return unwrittenBytes > limitBytes
        || lastRevision - writtenRevision > RecentChanges.CAPACITY / 2;
  }

  /** Also starts the gathering time when it sees the first entry. */
  private boolean isDue() {
    if (queuedBytes >= gatherBytes && !entries.isEmpty()) {
      return true;
    }
    if (nudged || !dropped.isEmpty() || isFull()) {
      return true;
    }
    if (entries.isEmpty()) {
      return false;
    }
    long now = System.nanoTime();
    if (gatherUntilNanos == 0) {
      gatherUntilNanos = now + GATHER_NANOS;
    }
    return now - gatherUntilNanos >= 0;
  }

  private List<Entry> takeBatch() {
    List<Entry> taken = new ArrayList<>();
    long bytes = 0;
    boolean all = !dropped.isEmpty();
    while (!entries.isEmpty() && (all || bytes < BATCH_BYTES)) {
      Entry entry = takeEntry();
      bytes += entry.bytes();
      taken.add(entry);
    }
    gatherUntilNanos = 0;
    return taken;
  }

  private Entry takeEntry() {
    Entry entry = entries.remove();
    queuedBytes -= entry.bytes();
    return entry;
  }

  private List<IndexCompaction.Dropped> takeDropped() {
    List<IndexCompaction.Dropped> taken = List.copyOf(dropped);
    dropped.clear();
    return taken;
  }
}
