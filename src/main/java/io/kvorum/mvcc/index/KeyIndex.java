package io.kvorum.mvcc.index;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyValue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the revisions at which one key was written: enough to tell at any revision whether the key
 * lived, which change holds its value, and what its version and create revision were.
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
 * <p>Most keys have a single revision, so that one sits in the object itself: 48 bytes and no
 * arrays. From the second on all of them are in a {@link RevisionList}, 12 bytes each.
 *
 * <p>One writer appends; any number of readers read without locks, and what they have seen never
 * changes. Compaction makes a shorter copy, so a reader that still holds this object keeps reading
 * what was true when it got it.
 */
public final class KeyIndex {
  static final int TOMBSTONE = 0x8000_0000;

  private final Bytes key;
  private final long baseVersion;
  private final long baseCreate;
  private final long firstMain;
  private final int firstSub;

  /** All revisions, the first included; null while that is the only one. */
  private volatile @Nullable RevisionList all;

  /** A key that is put for the first time. */
  public KeyIndex(Bytes key, long main, int sub) {
    this(key, 0, 0, main, sub, null);
  }

  private KeyIndex(
      Bytes key,
      long baseVersion,
      long baseCreate,
      long firstMain,
      int firstSub,
      @Nullable RevisionList all) {
    this.key = key;
    this.baseVersion = baseVersion;
    this.baseCreate = baseCreate;
    this.firstMain = firstMain;
    this.firstSub = firstSub;
    this.all = all;
  }

  /** A key whose oldest known change is this one, whatever came before it. */
  public static KeyIndex startingWith(int sub, KeyValue kv) {
    boolean headIsMissing = kv.version() > 1;
    return new KeyIndex(
        kv.key(),
        headIsMissing ? kv.version() - 1 : 0,
        headIsMissing ? kv.createRevision() : 0,
        kv.modRevision(),
        kv.isTombstone() ? sub | TOMBSTONE : sub,
        null);
  }

  public Bytes key() {
    return key;
  }

  public int size() {
    RevisionList list = all;
    return list == null ? 1 : list.size();
  }

  /** The position of the last change at or below the revision; -1 if there is none. */
  public int positionAt(long revision) {
    RevisionList list = all;
    if (list == null) {
      return firstMain <= revision ? 0 : -1;
    }
    return list.positionAt(revision);
  }

  public long modRevision(int position) {
    RevisionList list = all;
    return list == null ? firstMain : list.main(position);
  }

  public int sub(int position) {
    return markedSub(position) & ~TOMBSTONE;
  }

  public boolean isTombstone(int position) {
    return markedSub(position) < 0;
  }

  private int markedSub(int position) {
    RevisionList list = all;
    return list == null ? firstSub : list.markedSub(position);
  }

  /** Counts the writes since the creation, from 1; 0 for a tombstone. */
  public long version(int position) {
    if (isTombstone(position)) {
      return 0;
    }
    int start = generationStart(position);
    return position - start + 1 + (start == 0 ? baseVersion : 0);
  }

  /** The create revision of the generation at this position; 0 for a tombstone. */
  public long createRevision(int position) {
    if (isTombstone(position)) {
      return 0;
    }
    int start = generationStart(position);
    return start == 0 && baseVersion > 0 ? baseCreate : modRevision(start);
  }

  private int generationStart(int position) {
    RevisionList list = all;
    return list == null ? 0 : list.generationStart(position);
  }

  /** All that is known without the value; the lease is not. */
  public KeyValue withoutValue(int position) {
    return new KeyValue(
        key, Bytes.EMPTY, createRevision(position), modRevision(position), version(position), 0);
  }

  boolean contains(long main, int sub) {
    for (int position = positionAt(main); position >= 0; position--) {
      if (modRevision(position) != main) {
        return false;
      }
      if (sub(position) == sub) {
        return true;
      }
    }
    return false;
  }

  /** Adds a change that is later than all others. */
  public void append(long main, int sub, boolean tombstone) {
    int marked = tombstone ? sub | TOMBSTONE : sub;
    RevisionList list = all;
    if (list == null) {
      all = new RevisionList(firstMain, firstSub, main, marked);
    } else {
      list.append(main, marked);
    }
  }

  /**
   * The first position that a compaction at the revision leaves; {@link #size()} if it leaves none.
   */
  int firstKept(long compactRevision) {
    int position = positionAt(compactRevision);
    if (position < 0) {
      return 0;
    }
    boolean stays = !isTombstone(position) || modRevision(position) == compactRevision;
    return stays ? position : position + 1;
  }

  /** A copy that begins at the position, which must exist and not be the first. */
  KeyIndex from(int first) {
    RevisionList list = all;
    if (list == null) {
      throw new IllegalArgumentException("there is one revision only");
    }
    long version = version(first);
    boolean headIsMissing = version > 1;
    return new KeyIndex(
        key,
        headIsMissing ? version - 1 : 0,
        headIsMissing ? createRevision(first) : 0,
        list.main(first),
        list.markedSub(first),
        first == list.size() - 1 ? null : list.from(first));
  }
}
