package io.kvorum.service;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides when to compact without a client's request, and to which revision. {@link #tick} is
 * called at the start and then every {@link #interval}, by one thread at a time, on every member:
 * only the leader compacts, but the next leader must know what was written when.
 */
public sealed interface AutoCompaction {
  /** Stands for "nothing to compact now". */
  long NOTHING = 0;

  /** The time between two calls of {@link #tick}. */
  Duration interval();

  /**
   * Notes the current revision, and decides.
   *
   * @param isLeader whether this member is to compact
   * @return the revision to compact to, or {@link #NOTHING}
   */
  long tick(long currentRevision, boolean isLeader);

  /** The compaction to {@code revision} failed: a later tick returns it again. Any thread. */
  void failed(long revision);

  /** Keeps the last {@code retention} revisions; checks every five minutes. */
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
    public long tick(long currentRevision, boolean isLeader) {
      long revision = currentRevision - retention;
      if (!isLeader || revision <= 0 || revision == lastCompacted) {
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
   * hour, for longer ones), and compacts to the last note that is as old as the period, for the
   * first time after a whole period, then every period, but at least once an hour. A member that
   * becomes the leader after that compacts at its next tick.
   */
  final class ByTime implements AutoCompaction {
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(1);
    private static final int NOTES_PER_INTERVAL = 10;

    /** The revision at that time. */
    private record Note(long nanos, long revision) {}

    private final long periodNanos;
    private final Duration compactInterval;
    private final LongSupplier nanoClock;
    private final Deque<Note> notes = new ArrayDeque<>();
    private long untilNextNanos;
    private long lastCompactionNanos;
    private volatile long lastCompacted;
    private volatile boolean hasFailed;

    public ByTime(Duration period, LongSupplier nanoClock) {
      this.periodNanos = period.toNanos();
      this.compactInterval = period.compareTo(LONGEST_INTERVAL) > 0 ? LONGEST_INTERVAL : period;
      this.nanoClock = nanoClock;
      this.untilNextNanos = periodNanos;
      this.lastCompactionNanos = nanoClock.getAsLong();
    }

    @Override
    public Duration interval() {
      return compactInterval.dividedBy(NOTES_PER_INTERVAL);
    }

    @Override
    public long tick(long currentRevision, boolean isLeader) {
      long now = nanoClock.getAsLong();
      Note old = note(new Note(now, currentRevision));
      if (!isLeader || old == null || old.revision() == lastCompacted) {
        return NOTHING;
      }
      if (now - lastCompactionNanos < untilNextNanos && !hasFailed) {
        return NOTHING;
      }
      hasFailed = false;
      untilNextNanos = compactInterval.toNanos();
      lastCompactionNanos = now;
      lastCompacted = old.revision();
      return old.revision();
    }

    /**
     * Adds a note, and drops those that are no longer needed.
     *
     * @return the last one that is as old as the period, if there is one
     */
    private @Nullable Note note(Note latest) {
      notes.addLast(latest);
      Note old = null;
      while (latest.nanos() - notes.getFirst().nanos() >= periodNanos) {
        old = notes.removeFirst();
      }
      if (old != null) {
        notes.addFirst(old);
      }
      return old;
    }

    @Override
    public void failed(long revision) {
      lastCompacted = 0;
      hasFailed = true;
    }
  }
}
