package io.kvorum.service;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * Decides when to compact by itself, and to which revision. {@link #tick} is called every {@link
 * #interval}, by one thread.
 */
public sealed interface AutoCompaction {
  /** Stands for "nothing to compact now". */
  long NOTHING = 0;

  /** How often {@link #tick} wants to be called. */
  Duration interval();

  /**
   * @param currentRevision the revision of the store now
   * @return the revision to compact to, or {@link #NOTHING}
   */
  long tick(long currentRevision);

  /** The compaction to {@code revision} failed: it may be asked for again. Any thread. */
  void failed(long revision);

  /** Keeps the last {@code retention} revisions; looks every five minutes. */
  final class ByRevision implements AutoCompaction {
    private final long retention;
    private volatile long lastCompacted;

    public ByRevision(long retention) {
      this.retention = retention;
    }

    @Override
    public Duration interval() {
      return Duration.ofMinutes(5);
    }

    @Override
    public long tick(long currentRevision) {
      long revision = currentRevision - retention;
      if (revision <= 0 || revision == lastCompacted) {
        return NOTHING;
      }
      lastCompacted = revision;
      return revision;
    }

    @Override
    public void failed(long revision) {
      lastCompacted = 0;
    }
  }

  /**
   * Keeps what was written in the last {@code period}: notes the revision ten times per period (or
   * hour, for longer ones), and compacts to the oldest note, for the first time after a whole
   * period, then every period, but at least once an hour.
   */
  final class ByTime implements AutoCompaction {
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);
    private static final int NOTES_PER_INTERVAL = 10;

    private final Duration compactInterval;
    private final int notesKept;
    private final LongSupplier nanoClock;
    private final Deque<Long> notes = new ArrayDeque<>();
    private Duration untilNext;
    private long lastCompactionNanos;
    private volatile long lastCompacted;

    public ByTime(Duration period, LongSupplier nanoClock) {
      this.compactInterval = period.compareTo(LONGEST_INTERVAL) > 0 ? LONGEST_INTERVAL : period;
      this.notesKept = (int) period.dividedBy(interval()) + 1;
      this.nanoClock = nanoClock;
      this.untilNext = period;
      this.lastCompactionNanos = nanoClock.getAsLong();
    }

    @Override
    public Duration interval() {
      return compactInterval.dividedBy(NOTES_PER_INTERVAL);
    }

    @Override
    public long tick(long currentRevision) {
      notes.addLast(currentRevision);
      if (notes.size() > notesKept) {
        notes.removeFirst();
      }
      long oldest = notes.getFirst();
      long now = nanoClock.getAsLong();
      if (oldest == lastCompacted || now - lastCompactionNanos < untilNext.toNanos()) {
        return NOTHING;
      }
      untilNext = compactInterval;
      lastCompactionNanos = now;
      lastCompacted = oldest;
      return oldest;
    }

    @Override
    public void failed(long revision) {
      lastCompacted = 0;
    }
  }
}
