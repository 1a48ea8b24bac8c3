package io.kvorum.cluster;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what the holders of a lock have done to a counter in the store, which they read and write
 * in two steps: with two holders at a time, one would overwrite what the other has counted.
 * Thread-safe.
 */
final class LockedCounter {
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong unknown = new AtomicLong();
  private final AtomicLong fenced = new AtomicLong();

  void wrote() {
    written.incrementAndGet();
  }

  /** The answer to a write was lost. */
  void mayHaveWritten() {
    unknown.incrementAndGet();
  }

  /** The write was refused since the lock had been lost. */
  void wasFenced() {
    fenced.incrementAndGet();
  }

  long written() {
    return written.get();
  }

  long unknown() {
    return unknown.get();
  }

  @Override
  public String toString() {
    return "%d written, %d unknown, %d fenced"
        .formatted(written.get(), unknown.get(), fenced.get());
  }
}
