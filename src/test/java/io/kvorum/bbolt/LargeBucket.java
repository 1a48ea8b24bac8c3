package io.kvorum.bbolt;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A bucket of random entries, whose leaves take a random number of them: up to several pages. */
final class LargeBucket implements BucketSource {
  private final String name;
  private final List<List<BoltEntry>> leaves = new ArrayList<>();

  LargeBucket(String name, List<List<BoltEntry>> leaves) {
    this.name = name;
    this.leaves.addAll(leaves);
  }

  /** Keys ascend by a counter, and have a random tail. */
  static LargeBucket random(String name, int leaves, int maxKeyBytes, Random random) {
    List<List<BoltEntry>> content = new ArrayList<>();
    int counter = 0;
    for (int leaf = 0; leaf < leaves; leaf++) {
      List<BoltEntry> entries = new ArrayList<>();
      int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 200 : 8);
      for (int i = 0; i < count; i++) {
        byte[] tail = new byte[random.nextInt(maxKeyBytes)];
        random.nextBytes(tail);
        byte[] key = ByteBuffer.allocate(4 + tail.length).putInt(++counter).put(tail).array();
        byte[] value = new byte[random.nextInt(random.nextInt(60) == 0 ? 90_000 : 60)];
        random.nextBytes(value);
        entries.add(new BoltEntry(key, value));
      }
      content.add(entries);
    }
    return new LargeBucket(name, content);
  }

  List<BoltEntry> all() {
    return leaves.stream().flatMap(List::stream).toList();
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
    return (int) leaves.get(leaf).stream().mapToLong(BoltEntry::bytes).sum();
  }

  @Override
  public byte[] firstKey(int leaf) {
    return leaves.get(leaf).get(0).key();
  }

  @Override
  public List<BoltEntry> entries(int leaf) {
    return leaves.get(leaf);
  }
}
