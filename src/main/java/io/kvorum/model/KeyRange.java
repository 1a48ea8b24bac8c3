package io.kvorum.model;

import org.jspecify.annotations.Nullable;

/**
 * A half-open range of keys.
 *
 * <ul>
 *   <li>{@code to == null}: the single key {@code from};
 *   <li>{@code to} empty: every key from {@code from} on;
 *   <li>otherwise {@code [from, to)}, which holds nothing when {@code to <= from}.
 * </ul>
 *
 * @param from the first key
 * @param to the first key after the range, empty for "no end", null for a single key
 */
public record KeyRange(Bytes from, @Nullable Bytes to) {
  private static final Bytes ZERO = Bytes.wrap(new byte[] {0});

  public static KeyRange single(Bytes key) {
    return new KeyRange(key, null);
  }

  public static KeyRange all() {
    return new KeyRange(Bytes.EMPTY, Bytes.EMPTY);
  }

  /**
   * Reads the pair that is sent on the wire: an empty {@code rangeEnd} asks for a single key,
   * {@code "\0"} for every key from {@code key} on.
   */
  public static KeyRange ofWire(Bytes key, Bytes rangeEnd) {
    if (rangeEnd.isEmpty()) {
      return single(key);
    }
    return new KeyRange(key, rangeEnd.equals(ZERO) ? Bytes.EMPTY : rangeEnd);
  }

  public boolean isSingle() {
    return to == null;
  }

  /** True if no key can lie in this range. */
  public boolean isEmpty() {
    return to != null && !to.isEmpty() && to.compareTo(from) <= 0;
  }

  public boolean contains(Bytes key) {
    if (to == null) {
      return key.equals(from);
    }
    return key.compareTo(from) >= 0 && (to.isEmpty() || key.compareTo(to) < 0);
  }
}
