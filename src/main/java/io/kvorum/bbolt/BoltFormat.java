package io.kvorum.bbolt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The numbers of the format, version 2. Everything is little-endian.
 *
 * <pre>
 *   page     id (8) · flags (2) · count (2) · overflow: further pages that this one covers (4) · content
 *   meta     header · magic (4) · version (4) · page size (4) · flags (4) · root page (8) · sequence (8)
 *            freelist page (8) · high-water mark: first page never used (8) · txid (8) · checksum (8)
 *   leaf     header · element*: flags (4) · pos (4) · key size (4) · value size (4) · then keys and values
 *   branch   header · element*: pos (4) · key size (4) · child page (8) · then keys
 *   bucket   the value of a leaf's element with flag 1: root page (8) · sequence (8); root page 0: a leaf follows
 * </pre>
 *
 * The pos of an element counts from the start of that element.
 *
 * <p>Held by: BoltWriterTest, BoltFileTest.
 */
final class BoltFormat {
  /** The size of the pages that are written. */
  static final int PAGE_BYTES = 4096;

  static final int HEADER_BYTES = 16;
  static final int ELEMENT_BYTES = 16;
  static final int BUCKET_BYTES = 16;

  static final int FLAGS_AT = 8;
  static final int COUNT_AT = 10;
  static final int OVERFLOW_AT = 12;

  static final int BRANCH = 0x01;
  static final int LEAF = 0x02;
  static final int META = 0x04;
  static final int FREELIST = 0x10;

  /** The flag of a leaf's element whose value is a bucket. */
  static final int BUCKET = 1;

  static final int MAGIC = 0xED0CDAED;
  static final int VERSION = 2;
  static final long NO_FREELIST = -1;

  /** A page has fewer elements than this. */
  static final int COUNT_LIMIT = 0xFFFF;

  static final int MAX_KEY_BYTES = 32_768;

  /** Where the fields of a meta stand, from the start of its page. */
  static final int META_VERSION_AT = 20;

  static final int META_PAGE_BYTES_AT = 24;
  static final int META_ROOT_AT = 32;
  static final int META_FREELIST_AT = 48;
  static final int META_HIGH_WATER_AT = 56;
  static final int META_TXID_AT = 64;
  static final int META_CHECKSUM_AT = 72;
  static final int META_END = 80;

  private static final int SHOWN_KEY_BYTES = 40;

  private BoltFormat() {}

  /** FNV-1a over what a meta's checksum covers. */
  static long checksum(ByteBuffer meta) {
    long hash = 0xCBF29CE484222325L;
    for (int at = HEADER_BYTES; at < META_CHECKSUM_AT; at++) {
      hash = (hash ^ (meta.get(at) & 0xFF)) * 0x100000001B3L;
    }
    return hash;
  }

  static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The number of pages that so many bytes take. */
  static int pages(long bytes, int pageBytes) {
    return Math.toIntExact((bytes + pageBytes - 1) / pageBytes);
  }

  /** A key or name as a message shows it: short, and on one line. */
  static String text(byte[] key) {
    StringBuilder text = new StringBuilder(key.length + 2).append('"');
    for (int i = 0; i < Math.min(key.length, SHOWN_KEY_BYTES); i++) {
      byte b = key[i];
      if (b >= 0x20 && b < 0x7f && b != '"' && b != '\\') {
        text.append((char) b);
      } else {
        text.append(String.format("\\x%02x", b));
      }
    }
    return text.append(key.length > SHOWN_KEY_BYTES ? "…\"" : "\"").toString();
  }
}
