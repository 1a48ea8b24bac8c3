package io.kvorum.bbolt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * The state that a file begins with: of its two metas the one with the higher txid, if that is
 * valid, else the other one.
 *
 * <p>Held by: BoltFileTest.
 *
 * @param pageBytes the size of the file's pages
 * @param highWaterMark the first page that was never used; not more than the file is said to have
 */
record BoltMeta(int pageBytes, long rootPage, long freelistPage, long highWaterMark, long txid) {
  private static final int SMALLEST_PAGE = 1024;
  private static final int LARGEST_PAGE = SMALLEST_PAGE << 14;

  boolean hasFreelist() {
    return freelistPage != BoltFormat.NO_FREELIST;
  }

  /** The length of the database, by its metas. */
  long bytes() {
    return highWaterMark * pageBytes;
  }

  static BoltMeta read(SeekableByteChannel file) throws IOException {
    long length = file.size();
    int pageBytes = pageBytes(file);
    if (length < 2L * pageBytes) {
      throw new BoltException("file size too small " + length);
    }
    ByteBuffer first = readMeta(file, 0);
    ByteBuffer second = readMeta(file, pageBytes);
    String flaw = flaw(first);
    if (flaw == null && (flaw(second) != null || txid(second) <= txid(first))) {
      return of(first);
    }
    if (flaw(second) == null) {
      return of(second);
    }
    throw new BoltException(flaw == null ? "invalid database" : flaw);
  }

  /** By the first meta, or else by the second one, which may stand at a number of places. */
  private static int pageBytes(SeekableByteChannel file) throws IOException {
    ByteBuffer meta = readMeta(file, 0);
    if (flaw(meta) == null) {
      return meta.getInt(BoltFormat.META_PAGE_BYTES_AT);
    }
    for (int at = SMALLEST_PAGE; at <= LARGEST_PAGE; at <<= 1) {
      meta = readMeta(file, at);
      if (flaw(meta) == null) {
        return meta.getInt(BoltFormat.META_PAGE_BYTES_AT);
      }
    }
    if (file.size() < BoltFormat.PAGE_BYTES) {
      throw new BoltException("invalid database");
    }
    return BoltFormat.PAGE_BYTES;
  }

  private static BoltMeta of(ByteBuffer meta) throws BoltException {
    int pageBytes = meta.getInt(BoltFormat.META_PAGE_BYTES_AT);
    long highWaterMark = meta.getLong(BoltFormat.META_HIGH_WATER_AT);
    if (highWaterMark < 0 || highWaterMark > Long.MAX_VALUE / LARGEST_PAGE) {
      throw new BoltException(
          "the high-water mark is out of bounds: " + Long.toUnsignedString(highWaterMark));
    }
    return new BoltMeta(
        pageBytes,
        meta.getLong(BoltFormat.META_ROOT_AT),
        meta.getLong(BoltFormat.META_FREELIST_AT),
        highWaterMark,
        txid(meta));
  }

  private static long txid(ByteBuffer meta) {
    return meta.getLong(BoltFormat.META_TXID_AT);
  }

  private static ByteBuffer readMeta(SeekableByteChannel file, long at) throws IOException {
    ByteBuffer meta = BoltFormat.littleEndian(new byte[BoltFormat.META_END]);
    while (meta.hasRemaining() && BoltFile.read(file, meta, at + meta.position()) >= 0) {}
    return meta;
  }

  private static @Nullable String flaw(ByteBuffer meta) {
    if (meta.hasRemaining() || meta.getInt(BoltFormat.HEADER_BYTES) != BoltFormat.MAGIC) {
      return "invalid database";
    }
    if (meta.getInt(BoltFormat.META_VERSION_AT) != BoltFormat.VERSION) {
      return "version mismatch";
    }
    if (meta.getLong(BoltFormat.META_CHECKSUM_AT) != BoltFormat.checksum(meta)) {
      return "checksum error";
    }
    int pageBytes = meta.getInt(BoltFormat.META_PAGE_BYTES_AT);
    boolean usable =
        pageBytes >= SMALLEST_PAGE && pageBytes <= LARGEST_PAGE && Integer.bitCount(pageBytes) == 1;
    return usable ? null : "a page size of " + pageBytes + " bytes is not supported";
  }
}
