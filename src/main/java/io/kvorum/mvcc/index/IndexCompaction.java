package io.kvorum.mvcc.index;

import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Removes from the index what a compaction drops, a slice at a time, and reports those changes to
 * the history. Confined to the Raft thread.
 *
 * <p>The size of a slice is counted, not timed: the state machine uses no clock.
 *
 * <p>Held by: MvccStoreTest, MvccStoreModelTest.
 */
public final class IndexCompaction {
  /** The budget of a slice, in keys visited; about 200 microseconds. */
  private static final int SLICE = 800;

  private static final int COST_OF_A_TRIM = 16;
  private static final int CHUNK = 4096;

  /**
   * Changes that are no longer needed.
   *
   * @param isLast true if these were the last that the compaction finds
   */
  public record Dropped(long compactRevision, long[] mains, int[] subs, boolean isLast) {}

  private final KeyTable keys;

  /** Written by this thread alone. */
  private final AtomicLong compactedKeys;

  private final Consumer<Dropped> sink;

  private @Nullable Iterator<KeyIndex> cursor;
  private long target;
  private long finished;
  private long[] mains = new long[CHUNK];
  private int[] subs = new int[CHUNK];
  private int dropped;

  /**
   * @param finished the compact revision whose compaction is over
   */
  public IndexCompaction(
      KeyTable keys, AtomicLong compactedKeys, long finished, Consumer<Dropped> sink) {
    this.keys = keys;
    this.compactedKeys = compactedKeys;
    this.finished = finished;
    this.sink = sink;
  }

  /** True if there is more to do. */
  public boolean slice(long compactedRevision) {
    Iterator<KeyIndex> rest = cursor;
    if (rest == null) {
      if (compactedRevision <= finished) {
        return false;
      }
      target = compactedRevision;
      rest = keys.all().iterator();
      cursor = rest;
    }
    int budget = SLICE;
    while (budget > 0 && rest.hasNext()) {
      budget -= compact(rest.next());
    }
    if (rest.hasNext()) {
      return true;
    }
    handOver(true);
    cursor = null;
    finished = target;
    return compactedRevision > finished;
  }

  /** Returns what it cost. */
  private int compact(KeyIndex index) {
    int kept = index.firstKept(target);
    if (kept == 0) {
      return 1;
    }
    // First, since what has been handed over as dropped must not be found any more.
    if (kept == index.size()) {
      keys.remove(index.key());
    } else {
      keys.put(index.from(kept));
    }
    for (int position = 0; position < kept; position++) {
      drop(index.modRevision(position), index.sub(position));
    }
    compactedKeys.setOpaque(compactedKeys.getPlain() + kept);
    return COST_OF_A_TRIM + (kept >> 2);
  }

  private void drop(long main, int sub) {
    if (dropped == CHUNK) {
      handOver(false);
    }
    mains[dropped] = main;
    subs[dropped] = sub;
    dropped++;
  }

  private void handOver(boolean last) {
    sink.accept(
        new Dropped(target, Arrays.copyOf(mains, dropped), Arrays.copyOf(subs, dropped), last));
    dropped = 0;
  }
}
