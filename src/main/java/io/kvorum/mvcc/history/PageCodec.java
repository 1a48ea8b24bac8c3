package io.kvorum.mvcc.history;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The form of a history page: changes in revision order, packed, with a CRC-32C. Stateless.
 *
 * <pre>
 *   page    format (1 byte, 1) · length of the page (4 bytes) · count (varint) · change* · CRC (4 bytes)
 *   change  flags (1 byte: 1 tombstone, 2 has a lease)
 *           main, less that of the change before (varint) · sub (varint)
 *           bytes shared with the key before (varint) · length of the rest (varint) · rest of the key
 *           unless a tombstone:
 *           main less create revision (varint) · version (varint) · lease (8 bytes, if it has one)
 *           length of the value (varint) · value
 * </pre>
 *
 * Fixed-width numbers are big-endian; the CRC covers everything before it.
 */
public final class PageCodec {
  private static final int FORMAT = 1;
  private static final int LENGTH_AT = 1;
  private static final int HEADER_BYTES = 5;
  private static final int CRC_BYTES = 4;
  private static final int TOMBSTONE = 1;
  private static final int LEASED = 2;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private PageCodec() {}

  public static byte[] encode(List<Change> changes) {
    int estimate = 16;
    for (Change change : changes) {
      estimate += encodedBytes(change);
    }
    Writer out = new Writer(estimate);
    out.fixed8(FORMAT);
    out.fixed32(0);
    out.varint(changes.size());
    long main = 0;
    Bytes key = Bytes.EMPTY;
    for (Change change : changes) {
      encode(change, main, key, out);
      main = change.kv().modRevision();
      key = change.kv().key();
    }
    out.fixed32At(LENGTH_AT, out.size() + CRC_BYTES);
    out.fixed32(crc(out.array(), out.size()));
    return out.toByteArray();
  }

  /**
   * @throws IllegalArgumentException if the checksum does not hold or the format is unknown
   */
  public static List<Change> decode(byte[] page) {
    check(page);
    return decode(new Reader(page, HEADER_BYTES, page.length - CRC_BYTES, true));
  }

  /**
   * Decodes all but the values, for a fraction of the cost.
   *
   * @throws IllegalArgumentException as {@link #decode}
   */
  public static Outline outline(byte[] page) {
    check(page);
    Reader in = new Reader(page, HEADER_BYTES, page.length - CRC_BYTES, false);
    List<Change> changes = decode(in);
    return new Outline(changes, in.recordBytes);
  }

  private static List<Change> decode(Reader in) {
    int count = in.smallVarint();
    List<Change> changes = new ArrayList<>(Math.min(count, in.array.length));
    long main = 0;
    Bytes key = Bytes.EMPTY;
    for (int i = 0; i < count; i++) {
      Change change = decodeChange(in, main, key);
      main = change.kv().modRevision();
      key = change.kv().key();
      changes.add(change);
    }
    if (in.hasMore()) {
      throw new IllegalArgumentException("bytes after the last change");
    }
    return changes;
  }

  /**
   * A page without its values.
   *
   * @param changes with empty values
   * @param recordBytes what they take as {@linkplain EtcdRecord etcd's records}, values included
   */
  public record Outline(List<Change> changes, int recordBytes) {}

  /** The most that a change takes in a page. */
  static int encodedBytes(Change change) {
    return change.kv().key().length() + change.kv().value().length() + 48;
  }

  private static void encode(Change change, long main, Bytes before, Writer out) {
    KeyValue kv = change.kv();
    boolean tombstone = kv.isTombstone();
    boolean leased = kv.lease() != 0;
    out.fixed8((tombstone ? TOMBSTONE : 0) | (leased ? LEASED : 0));
    out.varint(kv.modRevision() - main);
    out.varint(change.sub());
    byte[] key = kv.key().unsafeArray();
    int shared = Arrays.mismatch(key, before.unsafeArray());
    shared = shared < 0 ? key.length : shared;
    out.varint(shared);
    out.varint(key.length - shared);
    out.bytes(key, shared, key.length - shared);
    if (tombstone) {
      return;
    }
    out.varint(kv.modRevision() - kv.createRevision());
    out.varint(kv.version());
    if (leased) {
      out.fixed64(kv.lease());
    }
    byte[] value = kv.value().unsafeArray();
    out.varint(value.length);
    out.bytes(value, 0, value.length);
  }

  private static Change decodeChange(Reader in, long before, Bytes keyBefore) {
    int flags = in.fixed8();
    long main = before + in.varint();
    int sub = in.smallVarint();
    Bytes key = in.withPrefix(keyBefore, in.smallVarint(), in.smallVarint());
    if ((flags & TOMBSTONE) != 0) {
      return in.counted(new Change(sub, KeyValue.tombstone(key, main)), 0);
    }
    long create = main - in.varint();
    long version = in.varint();
    long lease = (flags & LEASED) == 0 ? 0 : in.fixed64();
    int length = in.smallVarint();
    Bytes value = in.value(length);
    return in.counted(
        new Change(sub, new KeyValue(key, value, create, main, version, lease)), length);
  }

  private static void check(byte[] page) {
    if (page.length < HEADER_BYTES + CRC_BYTES + 1) {
      throw new IllegalArgumentException("a page of " + page.length + " bytes is too short");
    }
    if (page[0] != FORMAT) {
      throw new IllegalArgumentException("unknown page format " + page[0]);
    }
    int length = fixed32(page, LENGTH_AT);
    if (length != page.length) {
      throw new IllegalArgumentException(
          "the page should have " + length + " bytes but has " + page.length);
    }
    int end = page.length - CRC_BYTES;
    if (crc(page, end) != fixed32(page, end)) {
      throw new IllegalArgumentException("the checksum does not hold");
    }
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static int fixed32(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  /** Appends numbers and bytes; varints are unsigned LEB128. Grows as needed. */
  private static final class Writer {
    private byte[] array;
    private int size;

    Writer(int capacity) {
      this.array = new byte[capacity];
    }

    int size() {
      return size;
    }

    byte[] array() {
      return array;
    }

    byte[] toByteArray() {
      return size == array.length ? array : Arrays.copyOf(array, size);
    }

    void fixed8(int value) {
      ensure(1);
      array[size++] = (byte) value;
    }

    void fixed32(int value) {
      ensure(4);
      INT.set(array, size, value);
      size += 4;
    }

    void fixed32At(int at, int value) {
      INT.set(array, at, value);
    }

    void fixed64(long value) {
      ensure(8);
      LONG.set(array, size, value);
      size += 8;
    }

    void varint(long value) {
      ensure(10);
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        array[size++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      array[size++] = (byte) rest;
    }

    void bytes(byte[] source, int from, int length) {
      ensure(length);
      System.arraycopy(source, from, array, size, length);
      size += length;
    }

    private void ensure(int more) {
      if (array.length - size < more) {
        array = Arrays.copyOf(array, Math.max(size + more, size + (size >> 1)));
      }
    }
  }

  /** Reads; whatever would run over the end is an {@link IllegalArgumentException}. */
  private static final class Reader {
    private final byte[] array;
    private final int end;
    private final boolean withValues;
    private int at;
    private int recordBytes;

    Reader(byte[] array, int from, int end, boolean withValues) {
      this.array = array;
      this.at = from;
      this.end = end;
      this.withValues = withValues;
    }

    boolean hasMore() {
      return at < end;
    }

    int fixed8() {
      need(1);
      return array[at++];
    }

    long fixed64() {
      need(8);
      long value = (long) LONG.get(array, at);
      at += 8;
      return value;
    }

    long varint() {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        need(1);
        byte next = array[at++];
        value |= (next & 0x7fL) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw new IllegalArgumentException("a number is too long");
    }

    int smallVarint() {
      long value = varint();
      if (value < 0 || value > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("a length or count is out of bounds");
      }
      return (int) value;
    }

    Change counted(Change change, int valueLength) {
      if (!withValues) {
        recordBytes += EtcdRecord.bytes(change, valueLength);
      }
      return change;
    }

    Bytes withPrefix(Bytes prefix, int shared, int length) {
      need(length);
      if (shared > prefix.length()) {
        throw new IllegalArgumentException("a key shares more than its predecessor has");
      }
      byte[] bytes = Arrays.copyOf(prefix.unsafeArray(), shared + length);
      System.arraycopy(array, at, bytes, shared, length);
      at += length;
      return Bytes.wrap(bytes);
    }

    Bytes value(int length) {
      need(length);
      int from = at;
      at += length;
      return withValues ? Bytes.wrap(Arrays.copyOfRange(array, from, at)) : Bytes.EMPTY;
    }

    private void need(int bytes) {
      if (end - at < bytes) {
        throw new IllegalArgumentException("the page ends inside a change");
      }
    }
  }
}
