package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Numbers and byte sequences one after the other; varints are unsigned LEB128. */
final class PackedBytes {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private PackedBytes() {}

  static int fixed32(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  /** Appends; grows as it needs to. */
  static final class Writer {
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
  static final class Reader {
    private final byte[] array;
    private final int end;
    private final boolean withValues;
    private int at;

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
