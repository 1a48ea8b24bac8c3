package io.kvorum.bbolt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a bbolt file front to back: its length and its first bytes are right before any content is
 * read, because pages are placed by the sizes that the buckets announce. Content that turns out
 * otherwise ends the file with an exception. Confined to one thread.
 *
 * <pre>
 *   meta · meta · leaves of the first bucket · its branch pages · … · last bucket · leaf with the buckets
 * </pre>
 *
 * No bucket is inline, and there is no freelist.
 */
public final class BoltWriter {
  private static final int FIRST_PAGE = 2;

  private final List<BucketLayout> buckets;
  private final List<BoltEntry> root;
  private final int rootPage;
  private final int pages;

  private boolean metasWritten;
  private int bucket;
  private int level;
  private int node;
  private byte @Nullable [] lastKey;

  /**
   * @throws IllegalArgumentException if two buckets have the same name
   */
  public BoltWriter(List<? extends BucketSource> sources) {
    List<BucketLayout> layouts = new ArrayList<>();
    List<BoltEntry> entries = new ArrayList<>();
    int page = FIRST_PAGE;
    for (BucketSource source : inOrderOfNames(sources)) {
      BucketLayout layout = BucketLayout.of(source, page);
      layouts.add(layout);
      entries.add(new BoltEntry(nameOf(source), reference(layout.rootPage())));
      page = layout.end();
    }
    this.buckets = List.copyOf(layouts);
    this.root = List.copyOf(entries);
    this.rootPage = page;
    this.pages =
        page + BoltFormat.pages(BoltFormat.HEADER_BYTES + bytes(root), BoltFormat.PAGE_BYTES);
  }

  /** The length of the whole file. */
  public long length() {
    return (long) pages * BoltFormat.PAGE_BYTES;
  }

  /**
   * The next piece of the file, a few whole pages; null after the last one.
   *
   * @throws BoltException if a bucket's content is not what it announced
   * @throws IOException if a bucket's content cannot be read
   */
  public byte @Nullable [] next() throws IOException {
    if (!metasWritten) {
      metasWritten = true;
      return PageImage.metas(rootPage, pages);
    }
    if (bucket < buckets.size()) {
      BucketLayout layout = buckets.get(bucket);
      byte[] piece = level == 0 ? leaf(layout) : PageImage.branch(layout, level, node);
      advance(layout);
      return piece;
    }
    if (bucket == buckets.size()) {
      bucket++;
      return PageImage.leaf(rootPage, pages - rootPage, BoltFormat.BUCKET, root);
    }
    return null;
  }

  private void advance(BucketLayout layout) {
    if (++node < layout.levels().get(level).nodes()) {
      return;
    }
    node = 0;
    lastKey = null;
    if (++level == layout.levels().size()) {
      level = 0;
      bucket++;
    }
  }

  private byte[] leaf(BucketLayout layout) throws IOException {
    BucketSource source = layout.bucket();
    List<BoltEntry> entries = source.leaves() == 0 ? List.of() : checked(source);
    BucketLayout.Level leaves = layout.levels().get(0);
    int covered = leaves.page(node + 1) - leaves.page(node);
    return PageImage.leaf(leaves.page(node), covered, 0, entries);
  }

  private List<BoltEntry> checked(BucketSource source) throws IOException {
    List<BoltEntry> entries = source.entries(node);
    if (entries.isEmpty() || entries.size() >= BoltFormat.COUNT_LIMIT) {
      throw mismatch(source, "has " + entries.size() + " entries");
    }
    byte[] from = source.firstKey(node);
    if (Arrays.compareUnsigned(entries.get(0).key(), from) < 0
        || (lastKey != null && Arrays.compareUnsigned(lastKey, from) >= 0)) {
      throw mismatch(source, "does not begin where it was announced");
    }
    if (bytes(entries) != source.leafBytes(node)) {
      throw mismatch(
          source, "has " + bytes(entries) + " bytes, announced were " + source.leafBytes(node));
    }
    for (BoltEntry entry : entries) {
      byte[] key = entry.key();
      if (key.length == 0 || key.length > BoltFormat.MAX_KEY_BYTES) {
        throw mismatch(source, "has a key of " + key.length + " bytes");
      }
      if (lastKey != null && Arrays.compareUnsigned(lastKey, key) >= 0) {
        throw mismatch(source, "has the key " + BoltFormat.text(key) + " out of order");
      }
      lastKey = key;
    }
    return entries;
  }

  private BoltException mismatch(BucketSource source, String what) {
    return new BoltException("leaf " + node + " of bucket \"" + source.name() + "\" " + what);
  }

  private static List<BucketSource> inOrderOfNames(List<? extends BucketSource> sources) {
    List<BucketSource> sorted = new ArrayList<>(sources);
    sorted.sort(Comparator.comparing(BoltWriter::nameOf, Arrays::compareUnsigned));
    for (int i = 1; i < sorted.size(); i++) {
      if (sorted.get(i).name().equals(sorted.get(i - 1).name())) {
        throw new IllegalArgumentException("two buckets are named " + sorted.get(i).name());
      }
    }
    return sorted;
  }

  private static byte[] nameOf(BucketSource source) {
    return source.name().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] reference(int page) {
    byte[] value = new byte[BoltFormat.BUCKET_BYTES];
    ByteBuffer buffer = BoltFormat.littleEndian(value);
    buffer.putLong(page);
    return value;
  }

  private static long bytes(List<BoltEntry> entries) {
    return entries.stream().mapToLong(BoltEntry::bytes).sum();
  }
}
