package io.kvorum.bbolt;

import java.io.IOException;
import java.util.List;

/**
 * A bucket to be written, which can say how long each of its leaves is before it has their content.
 * Sizes and first keys never change; content is asked for once per leaf, in order.
 */
public interface BucketSource {
  String name();

  /** The number of leaves; 0 for an empty bucket. */
  int leaves();

  /** What the entries of a leaf take: the sum of their {@link BoltEntry#bytes}. */
  int leafBytes(int leaf);

  /**
   * Where a leaf begins: not after its first entry, and after the last one of the leaf before. Keys
   * ascend, by unsigned bytes.
   */
  byte[] firstKey(int leaf);

  /** The entries of a leaf: at least one, in order, fewer than 65,535. */
  List<BoltEntry> entries(int leaf) throws IOException;

  /**
   * A small bucket that is in memory.
   *
   * @param entries in the order of their keys
   */
  static BucketSource of(String name, List<BoltEntry> entries) {
    return new PackedBucket(name, entries);
  }
}
