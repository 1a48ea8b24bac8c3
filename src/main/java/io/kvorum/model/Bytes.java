package io.kvorum.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An immutable sequence of bytes, ordered lexicographically by unsigned byte, as etcd orders keys.
 *
 * <p>A {@code byte[]} in a record would break equality and immutability. {@link #wrap} and {@link
 * #unsafeArray} share the array instead of copying it: it must not be written to.
 */
public final class Bytes implements Comparable<Bytes> {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] array;

  private Bytes(byte[] array) {
    this.array = array;
  }

  /** Takes ownership of the array: the caller must not change it afterwards. */
  public static Bytes wrap(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array);
  }

  public static Bytes utf8(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  public int length() {
    return array.length;
  }

  public boolean isEmpty() {
    return array.length == 0;
  }

  public byte at(int position) {
    return array[position];
  }

  /** The bytes themselves, not a copy: read only. */
  public byte[] unsafeArray() {
    return array;
  }

  /** These bytes followed by one zero byte: the smallest sequence that is greater than this one. */
  public Bytes successor() {
    return new Bytes(Arrays.copyOf(array, array.length + 1));
  }

  public String toUtf8() {
    return new String(array, StandardCharsets.UTF_8);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(array, other.array);
  }

  @Override
  public boolean equals(Object other) {
    return this == other || (other instanceof Bytes that && Arrays.equals(array, that.array));
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  /** Readable text for logs: printable ASCII as it is, everything else as {@code \xNN}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(array.length + 2).append('"');
    for (byte b : array) {
      if (b >= 0x20 && b < 0x7f && b != '"' && b != '\\') {
        text.append((char) b);
      } else {
        text.append(String.format("\\x%02x", b));
      }
    }
    return text.append('"').toString();
  }
}
