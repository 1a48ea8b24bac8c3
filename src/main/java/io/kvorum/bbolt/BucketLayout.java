package io.kvorum.bbolt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the pages of a bucket stand: its leaves in order, then its branch pages, level by level,
 * the root last. Each branch page has at least two children. It takes memory for the leaves, not
 * for their content. Immutable.
 *
 * <pre>
 *   page 2     4     5     8     9        10
 *        leaf  leaf  leaf  leaf  branch   branch, the root
 *        └─────┴──────┴─────┴───── …      └─ …
 * </pre>
 *
 * <p>Held by: BoltWriterTest.
 */
final class BucketLayout {
  private final BucketSource bucket;
  private final List<Level> levels;
  private final int end;

  private BucketLayout(BucketSource bucket, List<Level> levels, int end) {
    this.bucket = bucket;
    this.levels = levels;
    this.end = end;
  }

  static BucketLayout of(BucketSource bucket, int firstPage) {
    List<Level> levels = new ArrayList<>();
    Level level = leaves(bucket, firstPage);
    levels.add(level);
    while (level.nodes() > 1) {
      level = branches(bucket, level);
      levels.add(level);
    }
    return new BucketLayout(bucket, levels, level.end());
  }

  BucketSource bucket() {
    return bucket;
  }

  /** The leaves at 0, then the levels of branch pages. */
  List<Level> levels() {
    return levels;
  }

  int rootPage() {
    return levels.get(levels.size() - 1).page(0);
  }

  /** The first page after the bucket. */
  int end() {
    return end;
  }

  private static Level leaves(BucketSource bucket, int firstPage) {
    int count = Math.max(bucket.leaves(), 1);
    int[] pages = new int[count + 1];
    pages[0] = firstPage;
    for (int leaf = 0; leaf < count; leaf++) {
      long bytes = BoltFormat.HEADER_BYTES;
      if (bucket.leaves() > 0) {
        bytes += bucket.leafBytes(leaf);
      }
      pages[leaf + 1] = next(pages[leaf], bytes);
    }
    int[] first = new int[count + 1];
    Arrays.setAll(first, leaf -> leaf);
    return new Level(pages, first, first);
  }

  private static Level branches(BucketSource bucket, Level below) {
    int[] starts = new int[below.nodes() / 2 + 1];
    int nodes = 0;
    int child = 0;
    while (child < below.nodes()) {
      starts[nodes++] = child;
      child = endOfNode(bucket, below, child);
    }
    starts = Arrays.copyOf(starts, nodes + 1);
    starts[nodes] = below.nodes();
    int[] pages = new int[nodes + 1];
    int[] firstLeaves = new int[nodes + 1];
    pages[0] = below.end();
    for (int node = 0; node < nodes; node++) {
      firstLeaves[node] = below.firstLeaf(starts[node]);
      long bytes = BoltFormat.HEADER_BYTES;
      for (int i = starts[node]; i < starts[node + 1]; i++) {
        bytes += elementBytes(bucket, below, i);
      }
      pages[node + 1] = next(pages[node], bytes);
    }
    return new Level(pages, starts, firstLeaves);
  }

  /** As many children as fit, but at least two, and never so that a single one is left over. */
  private static int endOfNode(BucketSource bucket, Level below, int from) {
    int end = Math.min(from + 2, below.nodes());
    long bytes =
        (long) BoltFormat.HEADER_BYTES
            + elementBytes(bucket, below, from)
            + elementBytes(bucket, below, end - 1);
    while (end < below.nodes() && end - from < BoltFormat.COUNT_LIMIT - 2) {
      bytes += elementBytes(bucket, below, end);
      if (bytes > BoltFormat.PAGE_BYTES) {
        break;
      }
      end++;
    }
    if (end != below.nodes() - 1) {
      return end;
    }
    return end - from > 2 ? end - 1 : end + 1;
  }

  private static int elementBytes(BucketSource bucket, Level below, int node) {
    return BoltFormat.ELEMENT_BYTES + bucket.firstKey(below.firstLeaf(node)).length;
  }

  private static int next(int page, long bytes) {
    return Math.addExact(page, BoltFormat.pages(bytes, BoltFormat.PAGE_BYTES));
  }

  /** The pages of one level, in order. */
  static final class Level {
    private final int[] pages;
    private final int[] starts;
    private final int[] firstLeaves;

    private Level(int[] pages, int[] starts, int[] firstLeaves) {
      this.pages = pages;
      this.starts = starts;
      this.firstLeaves = firstLeaves;
    }

    int nodes() {
      return pages.length - 1;
    }

    /** The first page of a node; that of one more than there are is where the level ends. */
    int page(int node) {
      return pages[node];
    }

    /** The first child of a branch, in the level below; that of the next branch is its end. */
    int firstChild(int node) {
      return starts[node];
    }

    int firstLeaf(int node) {
      return firstLeaves[node];
    }

    int end() {
      return pages[nodes()];
    }
  }
}
