package io.kvorum.auth;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds the union of ranges of keys, as intervals that neither overlap nor touch, in order.
 * Immutable.
 *
 * <pre>
 *   [a,b) [b,c) [d,e)  ->  [a,c) [d,e)
 * </pre>
 *
 * <p>Held by: RangeSetTest.
 */
final class RangeSet {
  static final RangeSet EMPTY = new RangeSet(List.of());

  private static final Bytes SMALLEST_KEY = Bytes.wrap(new byte[] {0});

  /** An interval; {@code to} is empty if it has no end. */
  private record Interval(Bytes from, Bytes to) {
    boolean isWithoutEnd() {
      return to.isEmpty();
    }
  }

  private final List<Interval> intervals;

  private RangeSet(List<Interval> intervals) {
    this.intervals = intervals;
  }

  static RangeSet of(List<KeyRange> ranges) {
    List<Interval> sorted = new ArrayList<>(ranges.size());
    for (KeyRange range : ranges) {
      if (!range.isEmpty()) {
        sorted.add(interval(range));
      }
    }
    sorted.sort(Comparator.comparing(Interval::from));
    List<Interval> merged = new ArrayList<>(sorted.size());
    for (Interval next : sorted) {
      int last = merged.size() - 1;
      if (last < 0 || isBefore(merged.get(last), next)) {
        merged.add(next);
      } else {
        merged.set(last, new Interval(merged.get(last).from(), later(merged.get(last), next)));
      }
    }
    return new RangeSet(List.copyOf(merged));
  }

  /** Whether a gap is between the two. */
  private static boolean isBefore(Interval first, Interval second) {
    return !first.isWithoutEnd() && first.to().compareTo(second.from()) < 0;
  }

  private static Bytes later(Interval first, Interval second) {
    if (first.isWithoutEnd() || second.isWithoutEnd()) {
      return Bytes.EMPTY;
    }
    return first.to().compareTo(second.to()) >= 0 ? first.to() : second.to();
  }

  private static Interval interval(KeyRange range) {
    Bytes from = range.from().isEmpty() ? SMALLEST_KEY : range.from();
    Bytes to = range.to();
    return new Interval(from, to == null ? from.successor() : to);
  }

  /**
   * Whether the whole range lies inside. One that is inverted holds no key, and lies inside if both
   * its ends lie in the same interval.
   */
  boolean containsAll(KeyRange range) {
    Interval wanted = interval(range);
    Interval found = floor(wanted.from());
    if (found == null || (!found.isWithoutEnd() && found.to().compareTo(wanted.from()) <= 0)) {
      return false;
    }
    if (wanted.isWithoutEnd()) {
      return found.isWithoutEnd();
    }
    return wanted.to().compareTo(found.from()) > 0
        && (found.isWithoutEnd() || wanted.to().compareTo(found.to()) <= 0);
  }

  /** The last interval that begins at the key or before it. */
  private @Nullable Interval floor(Bytes key) {
    int low = 0;
    int high = intervals.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (intervals.get(middle).from().compareTo(key) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? null : intervals.get(low - 1);
  }

  @Override
  public String toString() {
    return intervals.toString();
  }
}
