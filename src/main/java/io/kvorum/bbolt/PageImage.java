package io.kvorum.bbolt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Makes the bytes of pages. Keys and values follow the elements without gaps, in their order.
 *
 * <p>Held by: BoltWriterTest.
 */
final class PageImage {
  private PageImage() {}

  /** Both metas, of one and the same state. */
  static byte[] metas(long rootPage, long highWaterMark) {
    byte[] bytes = new byte[2 * BoltFormat.PAGE_BYTES];
    for (int page = 0; page < 2; page++) {
      ByteBuffer meta =
          BoltFormat.littleEndian(bytes).slice(page * BoltFormat.PAGE_BYTES, BoltFormat.PAGE_BYTES);
      meta.order(ByteOrder.LITTLE_ENDIAN);
      header(meta, page, BoltFormat.META, 0);
      meta.putInt(BoltFormat.MAGIC);
      meta.putInt(BoltFormat.VERSION);
      meta.putInt(BoltFormat.PAGE_BYTES);
      meta.putInt(0);
      meta.putLong(rootPage);
      meta.putLong(0);
      meta.putLong(BoltFormat.NO_FREELIST);
      meta.putLong(highWaterMark);
      meta.putLong(2 - page);
      meta.putLong(BoltFormat.checksum(meta));
    }
    return bytes;
  }

  /**
   * @param pages that the leaf covers
   * @param flags of each element
   */
  static byte[] leaf(long id, int pages, int flags, List<BoltEntry> entries) {
    byte[] bytes = new byte[Math.multiplyExact(pages, BoltFormat.PAGE_BYTES)];
    ByteBuffer page = BoltFormat.littleEndian(bytes);
    header(page, id, BoltFormat.LEAF, pages - 1);
    page.putShort(BoltFormat.COUNT_AT, (short) entries.size());
    int data = BoltFormat.HEADER_BYTES + entries.size() * BoltFormat.ELEMENT_BYTES;
    for (BoltEntry entry : entries) {
      int element = page.position();
      page.putInt(flags);
      page.putInt(data - element);
      page.putInt(entry.key().length);
      page.putInt(entry.value().length);
      page.put(data, entry.key());
      page.put(data + entry.key().length, entry.value());
      data += entry.key().length + entry.value().length;
    }
    return bytes;
  }

  static byte[] branch(BucketLayout bucket, int level, int node) {
    BucketLayout.Level own = bucket.levels().get(level);
    BucketLayout.Level below = bucket.levels().get(level - 1);
    int pages = own.page(node + 1) - own.page(node);
    int count = own.firstChild(node + 1) - own.firstChild(node);
    byte[] bytes = new byte[Math.multiplyExact(pages, BoltFormat.PAGE_BYTES)];
    ByteBuffer page = BoltFormat.littleEndian(bytes);
    header(page, own.page(node), BoltFormat.BRANCH, pages - 1);
    page.putShort(BoltFormat.COUNT_AT, (short) count);
    int data = BoltFormat.HEADER_BYTES + count * BoltFormat.ELEMENT_BYTES;
    for (int child = own.firstChild(node); child < own.firstChild(node + 1); child++) {
      byte[] key = bucket.bucket().firstKey(below.firstLeaf(child));
      int element = page.position();
      page.putInt(data - element);
      page.putInt(key.length);
      page.putLong(below.page(child));
      page.put(data, key);
      data += key.length;
    }
    return bytes;
  }

  private static void header(ByteBuffer page, long id, int flags, int overflow) {
    page.putLong(id);
    page.putShort((short) flags);
    page.putShort((short) 0);
    page.putInt(overflow);
  }
}
