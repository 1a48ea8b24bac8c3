package io.kvorum.bbolt;

import java.util.ArrayList;
import java.util.List;

/**
 * A bucket in memory, packed into leaves of one page each; an entry that is longer than a page has
 * a leaf to itself. Immutable.
 *
 * <p>Held by: BoltWriterTest.
 */
final class PackedBucket implements BucketSource {
  private final String name;
  private final List<List<BoltEntry>> leaves;

  PackedBucket(String name, List<BoltEntry> entries) {
    this.name = name;
    this.leaves = pack(entries);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int leaves() {
    return leaves.size();
  }

  @Override
  public int leafBytes(int leaf) {
    return Math.toIntExact(leaves.get(leaf).stream().mapToLong(BoltEntry::bytes).sum());
  }

  @Override
  public byte[] firstKey(int leaf) {
    return leaves.get(leaf).get(0).key();
  }

  @Override
  public List<BoltEntry> entries(int leaf) {
    return leaves.get(leaf);
  }

  private static List<List<BoltEntry>> pack(List<BoltEntry> entries) {
    List<List<BoltEntry>> leaves = new ArrayList<>();
    List<BoltEntry> leaf = new ArrayList<>();
    long bytes = BoltFormat.HEADER_BYTES;
    for (BoltEntry entry : entries) {
      if (!leaf.isEmpty() && bytes + entry.bytes() > BoltFormat.PAGE_BYTES) {
        leaves.add(List.copyOf(leaf));
        leaf.clear();
        bytes = BoltFormat.HEADER_BYTES;
      }
      leaf.add(entry);
      bytes += entry.bytes();
    }
    if (!leaf.isEmpty()) {
      leaves.add(List.copyOf(leaf));
    }
    return List.copyOf(leaves);
  }
}
