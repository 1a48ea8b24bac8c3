package io.kvorum.bbolt;

import java.util.Arrays;

/**
 * One key of a bucket with its value. The arrays are shared, not copied: read only.
 *
 * <p>Held by: BoltWriterTest.
 */
public final class BoltEntry {
  private final byte[] key;
  private final byte[] value;

  public BoltEntry(byte[] key, byte[] value) {
    this.key = key;
    this.value = value;
  }

  public byte[] key() {
    return key;
  }

  public byte[] value() {
    return value;
  }

  /** What an entry takes in a leaf beside its key and value. */
  public static final int OVERHEAD_BYTES = BoltFormat.ELEMENT_BYTES;

  /** What the entry takes in a leaf: its element, its key and its value. */
  public long bytes() {
    return (long) BoltFormat.ELEMENT_BYTES + key.length + value.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BoltEntry that
        && Arrays.equals(key, that.key)
        && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(key) + Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return BoltFormat.text(key) + " (" + value.length + " bytes)";
  }
}
