package io.kvorum.bbolt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * Reads one page with what it covers further. Whatever its elements point at lies inside of it. A
 * page of usual size is read at once; of a larger one, a window over the elements and one over the
 * data are held, and a value as long as it is used. Confined to one thread.
 *
 * <p>Held by: BoltFileTest, BoltFuzzTest.
 */
final class Page {
  private static final int AT_ONCE = 64 * 1024;
  private static final int WINDOW = 8 * 1024;
  private static final ByteBuffer NOTHING = BoltFormat.littleEndian(new byte[0]);

  private final String name;
  private final @Nullable SeekableByteChannel file;
  private final long start;
  private final long bytes;
  private final int flags;
  private final int count;
  private final Window elements;
  private final Window data;
  private long announced;

  private Page(
      String name, @Nullable SeekableByteChannel file, long start, long bytes, ByteBuffer header) {
    this.name = name;
    this.file = file;
    this.start = start;
    this.bytes = bytes;
    this.flags = Short.toUnsignedInt(header.getShort(BoltFormat.FLAGS_AT));
    this.count = Short.toUnsignedInt(header.getShort(BoltFormat.COUNT_AT));
    this.elements = new Window();
    this.data = bytes <= AT_ONCE ? elements : new Window();
  }

  /** Reads the head of a page, and checks that the page lies within the file. */
  static Page read(SeekableByteChannel file, BoltMeta meta, long id) throws IOException {
    if (id < 2 || id >= meta.highWaterMark()) {
      throw new BoltException("page " + Long.toUnsignedString(id) + " is out of bounds");
    }
    long start = id * meta.pageBytes();
    long length = file.size();
    if (length - start < meta.pageBytes()) {
      throw new BoltException("page " + id + " is beyond the end of the file");
    }
    ByteBuffer header = readFully(file, start, BoltFormat.HEADER_BYTES);
    if (header.getLong(0) != id) {
      throw new BoltException(
          "page " + id + ": its own id is " + Long.toUnsignedString(header.getLong(0)));
    }
    long covered = 1 + Integer.toUnsignedLong(header.getInt(BoltFormat.OVERFLOW_AT));
    if (covered > meta.highWaterMark() - id || covered > (length - start) / meta.pageBytes()) {
      throw new BoltException("page " + id + " covers more pages than there are");
    }
    return new Page("page " + id, file, start, covered * meta.pageBytes(), header);
  }

  /** The leaf that an inline bucket carries in its value. */
  static Page inline(byte[] image) throws BoltException {
    if (image.length < BoltFormat.HEADER_BYTES) {
      throw new BoltException("an inline bucket is cut");
    }
    ByteBuffer buffer = BoltFormat.littleEndian(image);
    Page page = new Page("inline bucket", null, 0, image.length, buffer);
    page.elements.buffer = buffer;
    page.data.buffer = buffer;
    return page.expect(BoltFormat.LEAF);
  }

  /** Fails unless the page is of one of these kinds and its elements fit. */
  Page expect(int kinds) throws BoltException {
    if (Integer.bitCount(flags) != 1 || (flags & kinds) == 0) {
      throw failure("unexpected page type 0x" + Integer.toHexString(flags));
    }
    if (flags != BoltFormat.FREELIST && elementAt(count) > bytes) {
      throw failure(count + " elements do not fit");
    }
    return this;
  }

  boolean isLeaf() {
    return flags == BoltFormat.LEAF;
  }

  int count() {
    return count;
  }

  /** The number of pages that this one covers in the file, itself included. */
  long covered(BoltMeta meta) {
    return bytes / meta.pageBytes();
  }

  int leafFlags(int index) throws IOException {
    return elementField(index, 0);
  }

  byte[] leafKey(int index) throws IOException {
    return key(index, elementField(index, 4), elementField(index, 8));
  }

  int leafValueBytes(int index) throws IOException {
    return elementField(index, 12);
  }

  byte[] leafValue(int index) throws IOException {
    long at = elementAt(index) + Integer.toUnsignedLong(elementField(index, 4));
    at += Integer.toUnsignedLong(elementField(index, 8));
    return bytes(at, elementField(index, 12));
  }

  /**
   * Fails unless key and value lie within the page, and are no longer than a reader holds. To be
   * called once for each element, in order: elements that overlap would make a small page a long
   * one.
   */
  void checkLeaf(int index) throws IOException {
    long pos = Integer.toUnsignedLong(elementField(index, 4));
    long keyBytes = Integer.toUnsignedLong(elementField(index, 8));
    long valueBytes = Integer.toUnsignedLong(elementField(index, 12));
    check(index, pos, keyBytes, valueBytes);
    if (valueBytes > BoltFile.MAX_VALUE_BYTES) {
      throw failure(
          "a value of "
              + valueBytes
              + " bytes is longer than the "
              + BoltFile.MAX_VALUE_BYTES
              + " that are supported");
    }
  }

  /** The same for a branch. */
  void checkBranch(int index) throws IOException {
    long pos = Integer.toUnsignedLong(elementField(index, 0));
    check(index, pos, Integer.toUnsignedLong(elementField(index, 4)), 0);
  }

  byte[] branchKey(int index) throws IOException {
    return key(index, elementField(index, 0), elementField(index, 4));
  }

  long branchChild(int index) throws IOException {
    return elements.at(elementAt(index) + 8, Long.BYTES).getLong();
  }

  /** The word at a place of a freelist. */
  long freelistWord(long index) throws IOException {
    long at = BoltFormat.HEADER_BYTES + index * Long.BYTES;
    if (index < 0 || index > bytes / Long.BYTES || at + Long.BYTES > bytes) {
      throw failure("the freelist does not fit");
    }
    return elements.at(at, Long.BYTES).getLong();
  }

  BoltException failure(String what) {
    return new BoltException(name + ": " + what);
  }

  private void check(int index, long pos, long keyBytes, long valueBytes) throws BoltException {
    announced += BoltFormat.ELEMENT_BYTES + keyBytes + valueBytes;
    boolean inside =
        pos >= BoltFormat.ELEMENT_BYTES
            && elementAt(index) + pos + keyBytes + valueBytes <= bytes
            && announced <= bytes - BoltFormat.HEADER_BYTES;
    if (!inside) {
      throw failure("element " + index + " does not fit");
    }
    if (keyBytes > BoltFormat.MAX_KEY_BYTES) {
      throw failure("element " + index + " has a key of " + keyBytes + " bytes");
    }
  }

  private byte[] key(int index, int pos, int length) throws IOException {
    return bytes(elementAt(index) + Integer.toUnsignedLong(pos), length);
  }

  private byte[] bytes(long at, int length) throws IOException {
    byte[] copy = new byte[length];
    if (length > WINDOW && data.buffer.capacity() < bytes) {
      readFully(file(), start + at, copy);
    } else {
      data.at(at, length).get(copy);
    }
    return copy;
  }

  private SeekableByteChannel file() {
    if (file == null) {
      throw new IllegalStateException("an inline bucket is in memory");
    }
    return file;
  }

  private int elementField(int index, int field) throws IOException {
    return elements.at(elementAt(index) + field, Integer.BYTES).getInt();
  }

  private static long elementAt(int index) {
    return BoltFormat.HEADER_BYTES + (long) index * BoltFormat.ELEMENT_BYTES;
  }

  private static ByteBuffer readFully(SeekableByteChannel file, long at, int length)
      throws IOException {
    return readFully(file, at, new byte[length]);
  }

  private static ByteBuffer readFully(SeekableByteChannel file, long at, byte[] into)
      throws IOException {
    ByteBuffer buffer = BoltFormat.littleEndian(into);
    while (buffer.hasRemaining()) {
      if (BoltFile.read(file, buffer, at + buffer.position()) < 0) {
        throw new BoltException("the file has become shorter");
      }
    }
    return buffer;
  }

  /** A part of the page, which moves to where something is read. */
  private final class Window {
    private ByteBuffer buffer = NOTHING;
    private long from;

    ByteBuffer at(long position, int length) throws IOException {
      if (position < from || position + length > from + buffer.capacity()) {
        move(position, length);
      }
      return buffer.position((int) (position - from));
    }

    private void move(long position, int length) throws IOException {
      boolean whole = bytes <= AT_ONCE;
      from = whole ? 0 : position;
      long size = whole ? bytes : Math.min(Math.max(length, WINDOW), bytes - position);
      buffer = readFully(file(), start + from, (int) size);
    }
  }
}
