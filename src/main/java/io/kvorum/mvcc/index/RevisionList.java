package io.kvorum.mvcc.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keeps two or more revisions of a key, in order, and where its generations start.
 *
 * <p>One writer, lock-free readers: an append becomes visible with the size; what lies below the
 * size never changes.
 *
 * <p>Held by: KeyIndexTest, MvccStoreModelTest.
 */
final class RevisionList {
  private static final int UNUSED = Integer.MAX_VALUE;
  private static final VarHandle SIZE;

  static {
    try {
      SIZE = MethodHandles.lookup().findVarHandle(RevisionList.class, "size", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile long[] mains;

  /** With the top bit set for a tombstone. */
  private volatile int[] subs;

  /** Where the second and further generations start; unused places hold {@link #UNUSED}. */
  private volatile int @Nullable [] starts;

  private volatile int size;

  RevisionList(long firstMain, int firstSub, long secondMain, int secondSub) {
    this(
        new long[] {firstMain, secondMain},
        new int[] {firstSub, secondSub},
        firstSub < 0 && secondSub >= 0 ? new int[] {1} : null);
  }

  private RevisionList(long[] mains, int[] subs, int @Nullable [] starts) {
    this.mains = mains;
    this.subs = subs;
    this.starts = starts;
    this.size = mains.length;
  }

  int size() {
    return size;
  }

  long main(int position) {
    return mains[position];
  }

  int markedSub(int position) {
    return subs[position];
  }

  /** The position of the last change at or below the revision; -1 if there is none. */
  int positionAt(long revision) {
    int last = size - 1;
    long[] all = mains;
    if (all[last] <= revision) {
      return last;
    }
    int low = 0;
    int high = last - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (all[middle] <= revision) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  int generationStart(int position) {
    int[] all = starts;
    if (all == null || all[0] > position) {
      return 0;
    }
    int low = 0;
    int high = all.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (all[middle] <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return all[low];
  }

  void append(long main, int markedSub) {
    int count = size;
    if (count == mains.length) {
      int capacity = count + 1 + (count >> 2);
      mains = Arrays.copyOf(mains, capacity);
      subs = Arrays.copyOf(subs, capacity);
    }
    mains[count] = main;
    subs[count] = markedSub;
    if (markedSub >= 0 && subs[count - 1] < 0) {
      startGeneration(count);
    }
    SIZE.setRelease(this, count + 1);
  }

  /** A copy without what is before the position. */
  RevisionList from(int first) {
    int count = size;
    return new RevisionList(
        Arrays.copyOfRange(mains, first, count),
        Arrays.copyOfRange(subs, first, count),
        startsAfter(first));
  }

  private void startGeneration(int position) {
    int[] all = starts;
    if (all == null) {
      starts = new int[] {position};
      return;
    }
    int used = used(all);
    if (used == all.length) {
      int[] longer = Arrays.copyOf(all, used + 1 + (used >> 2));
      Arrays.fill(longer, used, longer.length, UNUSED);
      longer[used] = position;
      starts = longer;
    } else {
      // A reader that sees this early ignores it: the position is beyond the size it has read.
      all[used] = position;
    }
  }

  private int @Nullable [] startsAfter(int first) {
    int[] all = starts;
    if (all == null) {
      return null;
    }
    int used = used(all);
    int from = 0;
    while (from < used && all[from] <= first) {
      from++;
    }
    if (from == used) {
      return null;
    }
    int[] rest = Arrays.copyOfRange(all, from, used);
    for (int i = 0; i < rest.length; i++) {
      rest[i] -= first;
    }
    return rest;
  }

  /** How many places are used; what is searched for lies between the used and the unused. */
  private static int used(int[] starts) {
    int place = Arrays.binarySearch(starts, UNUSED - 1);
    return -place - 1;
  }
}
