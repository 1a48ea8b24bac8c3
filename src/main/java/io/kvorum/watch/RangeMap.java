package io.kvorum.watch;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Maps key ranges to values, and finds all ranges that contain a key. Confined to one thread.
 *
 * <p>Single keys cost one look-up in a hash map. Ranges lie in an interval tree: a treap ordered by
 * their first key, in which each node knows the highest end below it. To find the {@code m} ranges
 * around a key among {@code n} takes about {@code log n} steps for the first and for each further
 * one, however they overlap; a segment table would be little faster and could take {@code n²}
 * space.
 *
 * <pre>
 *              [c, h) ≤z            stab "d": the right child starts behind d, [c, h) has it,
 *             /        \            below the left child something ends at z, so look there:
 *       [a, z) ≤z     [k, m) ≤m     [a, z) has it, [b, c) ended before.
 *             \
 *           [b, c) ≤c
 * </pre>
 */
final class RangeMap<V> {
  private final Map<Bytes, V> singles = new HashMap<>();
  private final Map<KeyRange, V> ranges = new HashMap<>();

  /** Determines only the shape of the tree, which clients therefore cannot force by their keys. */
  private final SplittableRandom priorities = new SplittableRandom(1);

  private @Nullable Node<V> root;

  private static final class Node<V> {
    final Bytes from;
    final Bytes to;
    final V value;
    final int priority;
    @Nullable Node<V> left;
    @Nullable Node<V> right;

    /** The highest end in this subtree; empty for "no end", as in a range. */
    Bytes maxTo;

    Node(Bytes from, Bytes to, V value, int priority) {
      this.from = from;
      this.to = to;
      this.value = value;
      this.priority = priority;
      this.maxTo = to;
    }

    void refresh() {
      maxTo = to;
      if (left != null) {
        maxTo = later(maxTo, left.maxTo);
      }
      if (right != null) {
        maxTo = later(maxTo, right.maxTo);
      }
    }
  }

  V computeIfAbsent(KeyRange range, Function<KeyRange, V> maker) {
    Bytes to = range.to();
    if (to == null) {
      return singles.computeIfAbsent(range.from(), key -> maker.apply(range));
    }
    V known = ranges.get(range);
    if (known != null) {
      return known;
    }
    V made = maker.apply(range);
    ranges.put(range, made);
    root = insert(root, new Node<>(range.from(), to, made, priorities.nextInt()));
    return made;
  }

  void remove(KeyRange range) {
    Bytes to = range.to();
    if (to == null) {
      singles.remove(range.from());
    } else if (ranges.remove(range) != null && root != null) {
      root = remove(root, range.from(), to);
    }
  }

  /** Adds the values of all ranges that contain the key. */
  void collect(Bytes key, Collection<? super V> found) {
    if (!singles.isEmpty()) {
      V single = singles.get(key);
      if (single != null) {
        found.add(single);
      }
    }
    stab(root, key, found);
  }

  /** All values, as a copy. */
  List<V> values() {
    List<V> all = new ArrayList<>(singles.values());
    all.addAll(ranges.values());
    return all;
  }

  boolean isEmpty() {
    return singles.isEmpty() && root == null;
  }

  private static <V> void stab(@Nullable Node<V> start, Bytes key, Collection<? super V> found) {
    Node<V> node = start;
    while (node != null && endsAfter(node.maxTo, key)) {
      stab(node.left, key, found);
      if (node.from.compareTo(key) > 0) {
        return;
      }
      if (endsAfter(node.to, key)) {
        found.add(node.value);
      }
      node = node.right;
    }
  }

  private static <V> Node<V> insert(@Nullable Node<V> node, Node<V> added) {
    if (node == null) {
      return added;
    }
    if (added.priority > node.priority) {
      split(node, added);
      return added;
    }
    if (compare(added.from, added.to, node) < 0) {
      node.left = insert(node.left, added);
    } else {
      node.right = insert(node.right, added);
    }
    node.refresh();
    return node;
  }

  /** Hangs what is below {@code node} left and right of the new root {@code added}. */
  private static <V> void split(@Nullable Node<V> node, Node<V> added) {
    if (node == null) {
      added.refresh();
      return;
    }
    if (compare(added.from, added.to, node) < 0) {
      split(node.left, added);
      node.left = added.right;
      added.right = node;
    } else {
      split(node.right, added);
      node.right = added.left;
      added.left = node;
    }
    node.refresh();
    added.refresh();
  }

  private static <V> @Nullable Node<V> remove(@Nullable Node<V> node, Bytes from, Bytes to) {
    if (node == null) {
      return null;
    }
    int order = compare(from, to, node);
    if (order == 0) {
      return merge(node.left, node.right);
    }
    if (order < 0) {
      node.left = remove(node.left, from, to);
    } else {
      node.right = remove(node.right, from, to);
    }
    node.refresh();
    return node;
  }

  private static <V> @Nullable Node<V> merge(@Nullable Node<V> left, @Nullable Node<V> right) {
    if (left == null) {
      return right;
    }
    if (right == null) {
      return left;
    }
    if (left.priority > right.priority) {
      left.right = merge(left.right, right);
      left.refresh();
      return left;
    }
    right.left = merge(left, right.left);
    right.refresh();
    return right;
  }

  private static <V> int compare(Bytes from, Bytes to, Node<V> node) {
    int byFrom = from.compareTo(node.from);
    return byFrom != 0 ? byFrom : compareEnds(to, node.to);
  }

  private static int compareEnds(Bytes a, Bytes b) {
    if (a.isEmpty() || b.isEmpty()) {
      return Boolean.compare(a.isEmpty(), b.isEmpty());
    }
    return a.compareTo(b);
  }

  private static Bytes later(Bytes a, Bytes b) {
    return compareEnds(a, b) >= 0 ? a : b;
  }

  private static boolean endsAfter(Bytes to, Bytes key) {
    return to.isEmpty() || key.compareTo(to) < 0;
  }
}
