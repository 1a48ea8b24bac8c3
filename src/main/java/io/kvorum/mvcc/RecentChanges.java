package io.kvorum.mvcc;

import io.kvorum.model.Change;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the newest changes in memory: all that the history does not contain yet, and a little more
 * for readers that follow the writer closely.
 *
 * <p>Revisions are dense, so a revision is found by its number: {@code table[segment][slot]}. A
 * slot holds the one {@link Change} of its revision, or an array of them by sub-revision.
 *
 * <p>The Raft thread appends, the history thread evicts what is durable, any thread reads. The two
 * writers never touch the same slot: a change is evicted only after it was committed.
 *
 * <p>Held by: MvccStoreTest, MvccStoreConcurrencyTest, ChangeReaderTest.
 */
final class RecentChanges {
  private static final int SEGMENT_BITS = 10;
  private static final int SEGMENT_SIZE = 1 << SEGMENT_BITS;
  private static final int TABLE_SIZE = 1 << 12;

  /** How many revisions may be held at most: beyond that the writer has to wait for the history. */
  static final long CAPACITY = (long) (TABLE_SIZE - 2) * SEGMENT_SIZE;

  private static final class Segment extends AtomicReferenceArray<@Nullable Object> {
    private static final long serialVersionUID = 1L;

    final long number;

    Segment(long number) {
      super(SEGMENT_SIZE);
      this.number = number;
    }
  }

  private final AtomicReferenceArray<@Nullable Segment> table =
      new AtomicReferenceArray<>(TABLE_SIZE);

  /** The memory that a change takes, roughly; its key belongs to the index. */
  static long weight(Change change) {
    return 120L + change.kv().value().length();
  }

  /** Adds a change whose sub-revision is the next one of its revision. */
  void append(Change change) {
    long main = change.kv().modRevision();
    Segment segment = segmentToWrite(main >>> SEGMENT_BITS);
    int slot = slot(main);
    Object held = segment.getPlain(slot);
    if (held == null) {
      segment.setRelease(slot, change);
      return;
    }
    int sub = change.sub();
    Change[] changes;
    if (held instanceof Change first) {
      changes = new Change[4];
      changes[0] = first;
    } else {
      Change[] all = (Change[]) held;
      changes = sub < all.length ? all : Arrays.copyOf(all, all.length * 2);
    }
    changes[sub] = change;
    segment.setRelease(slot, changes);
  }

  /** The change, or null if it is not held. */
  @Nullable Change find(long main, int sub) {
    Object held = held(main);
    if (held == null) {
      return null;
    }
    if (held instanceof Change change) {
      return sub == 0 ? change : null;
    }
    Change[] changes = (Change[]) held;
    return sub < changes.length ? changes[sub] : null;
  }

  /** Gives all changes of a revision to the sink, in order; false if they are not held. */
  boolean forEach(long main, Consumer<Change> sink) {
    Object held = held(main);
    if (held == null) {
      return false;
    }
    if (held instanceof Change change) {
      sink.accept(change);
      return true;
    }
    for (Change change : (Change[]) held) {
      if (change == null) {
        break;
      }
      sink.accept(change);
    }
    return true;
  }

  /** Forgets one revision; they go in order. */
  void evict(long main) {
    int place = place(main >>> SEGMENT_BITS);
    Segment segment = table.getAcquire(place);
    if (segment == null || segment.number != main >>> SEGMENT_BITS) {
      return;
    }
    if (slot(main) == SEGMENT_SIZE - 1) {
      table.setRelease(place, null);
    } else {
      segment.setRelease(slot(main), null);
    }
  }

  private @Nullable Object held(long main) {
    long number = main >>> SEGMENT_BITS;
    Segment segment = table.getAcquire(place(number));
    return segment == null || segment.number != number ? null : segment.getAcquire(slot(main));
  }

  private Segment segmentToWrite(long number) {
    Segment segment = table.getAcquire(place(number));
    if (segment == null) {
      segment = new Segment(number);
      table.setRelease(place(number), segment);
    } else if (segment.number != number) {
      throw new IllegalStateException(
          "too many unwritten revisions: segment " + segment.number + " in the way of " + number);
    }
    return segment;
  }

  private static int place(long number) {
    return (int) number & (TABLE_SIZE - 1);
  }

  private static int slot(long main) {
    return (int) main & (SEGMENT_SIZE - 1);
  }
}
