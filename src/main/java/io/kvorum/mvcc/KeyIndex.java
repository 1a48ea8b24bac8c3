package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyValue;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The revisions at which one key was written: enough to say at any revision whether the key lived,
 * which change holds its value, and what its version and create revision were.
 *
 * <p>A generation is one life of the key: it starts with a put and ends with a tombstone. This key
 * was put at 2 and 5, deleted at 8, and put again at 9, 12 and 15 ({@code x} is a tombstone; the
 * sub-revisions, one for each revision, are left out):
 *
 * <pre>
 *   position      0   1   2  |  3   4   5
 *   mains         2   5   8x |  9  12  15
 *   version       1   2   -  |  1   2   3
 *   create        2   2   -  |  9   9   9      starts = [3], base = 0
 * </pre>
 *
 * Compacted at 5, position 1 is what a reader at 5 sees, so it is the oldest that stays. The head
 * of its generation is gone, so its first version is remembered as a base:
 *
 * <pre>
 *   mains         5   8x |  9  12  15         starts = [2], base version 1, base create 2
 * </pre>
 *
 * Compacted at 8, the tombstone stays, because a watcher may still start exactly there:
 *
 * <pre>
 *   mains         8x |  9  12  15             starts = [1], base = 0
 * </pre>
 *
 * Compacted at 12 the first life is gone, and so is the head of the second:
 *
 * <pre>
 *   mains        12  15                       starts = none, base version 1, base create 9
 * </pre>
 *
 * Had the key been deleted at 15 and compacted at 16, nothing would be left, and the key would
 * leave the table.
 *
 * <p>One writer appends; any number of readers read without locks. An append becomes visible with
 * the size; entries below the size never change. Compaction makes a shorter copy, so whoever still
 * holds this object keeps reading what was true when he got it.
 */
final class KeyIndex {
  private static final int TOMBSTONE = 0x8000_0000;
  private static final int UNUSED = Integer.MAX_VALUE;
  private static final VarHandle SIZE;

  static {
    try {
      SIZE = MethodHandles.lookup().findVarHandle(KeyIndex.class, "size", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Bytes key;
  private final long baseVersion;
  private final long baseCreate;
  private volatile long[] mains;
  private volatile int[] subs;

  /** Where the second and further generations start; unused places hold {@link #UNUSED}. */
  private volatile int @Nullable [] starts;

  private volatile int size;

  /** A key that is put for the first time. */
  KeyIndex(Bytes key, long main, int sub) {
    this(key, 0, 0, new long[] {main}, new int[] {sub}, null);
  }

  private KeyIndex(
      Bytes key,
      long baseVersion,
      long baseCreate,
      long[] mains,
      int[] subs,
      int @Nullable [] starts) {
    this.key = key;
    this.baseVersion = baseVersion;
    this.baseCreate = baseCreate;
    this.mains = mains;
    this.subs = subs;
    this.starts = starts;
    this.size = mains.length;
  }

  /** A key whose oldest known change is this one, whatever came before it. */
  static KeyIndex startingWith(int sub, KeyValue kv) {
    boolean headIsMissing = kv.version() > 1;
    return new KeyIndex(
        kv.key(),
        headIsMissing ? kv.version() - 1 : 0,
        headIsMissing ? kv.createRevision() : 0,
        new long[] {kv.modRevision()},
        new int[] {kv.isTombstone() ? sub | TOMBSTONE : sub},
        null);
  }

  Bytes key() {
    return key;
  }

  int size() {
    return size;
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

  long modRevision(int position) {
    return mains[position];
  }

  int sub(int position) {
    return subs[position] & ~TOMBSTONE;
  }

  boolean isTombstone(int position) {
    return subs[position] < 0;
  }

  /** Counts the writes since the creation, from 1; 0 for a tombstone. */
  long version(int position) {
    if (isTombstone(position)) {
      return 0;
    }
    int start = generationStart(position);
    return position - start + 1 + (start == 0 ? baseVersion : 0);
  }

  /** The create revision of the generation at this position; 0 for a tombstone. */
  long createRevision(int position) {
    if (isTombstone(position)) {
      return 0;
    }
    int start = generationStart(position);
    return start == 0 && baseVersion > 0 ? baseCreate : mains[start];
  }

  /** All that is known without the value; the lease is not. */
  KeyValue withoutValue(int position) {
    return new KeyValue(
        key, Bytes.EMPTY, createRevision(position), modRevision(position), version(position), 0);
  }

  boolean contains(long main, int sub) {
    for (int position = positionAt(main); position >= 0; position--) {
      if (mains[position] != main) {
        return false;
      }
      if (sub(position) == sub) {
        return true;
      }
    }
    return false;
  }

  /** Adds a change that is later than all others. */
  void append(long main, int sub, boolean tombstone) {
    int count = size;
    if (count == mains.length) {
      int capacity = count + 1 + (count >> 2);
      mains = Arrays.copyOf(mains, capacity);
      subs = Arrays.copyOf(subs, capacity);
    }
    mains[count] = main;
    subs[count] = tombstone ? sub | TOMBSTONE : sub;
    if (!tombstone && isTombstone(count - 1)) {
      startGeneration(count);
    }
    SIZE.setRelease(this, count + 1);
  }

  /**
   * The first position that a compaction at the revision leaves; {@link #size()} if it leaves none.
   */
  int firstKept(long compactRevision) {
    int position = positionAt(compactRevision);
    if (position < 0) {
      return 0;
    }
    boolean stays = !isTombstone(position) || mains[position] == compactRevision;
    return stays ? position : position + 1;
  }

  /** A copy that begins at the position, which must exist. */
  KeyIndex from(int first) {
    int count = size;
    long version = version(first);
    boolean headIsMissing = version > 1;
    return new KeyIndex(
        key,
        headIsMissing ? version - 1 : 0,
        headIsMissing ? createRevision(first) : 0,
        Arrays.copyOfRange(mains, first, count),
        Arrays.copyOfRange(subs, first, count),
        startsAfter(first));
  }

  private int generationStart(int position) {
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

  private static int used(int[] starts) {
    int place = Arrays.binarySearch(starts, UNUSED - 1);
    return -place - 1;
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
}
