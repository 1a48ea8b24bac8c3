package io.kvorum.load;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * The key space of a run: {@code count} keys of one size, a prefix followed by a zero-padded
 * number, each with a value that only the seed, the key's number and the size decide.
 */
final class Keys {

  private static final int DIGITS_AT_MOST = 19;

  private final byte[] blank;
  private final int digitsFrom;
  private final int count;
  private final int valueSize;
  private final long seed;

  Keys(String prefix, int keySize, int count, int valueSize, long seed) {
    byte[] prefixBytes = prefix.getBytes(StandardCharsets.UTF_8);
    int digits = keySize - prefixBytes.length;
    if (digits < String.valueOf(count).length()) {
      throw new IllegalArgumentException(
          "keys of " + keySize + " bytes cannot hold '" + prefix + "' and numbers to " + count);
    }
    blank = new byte[keySize];
    java.util.Arrays.fill(blank, (byte) '0');
    System.arraycopy(prefixBytes, 0, blank, 0, prefixBytes.length);
    digitsFrom = Math.max(prefixBytes.length, keySize - DIGITS_AT_MOST);
    this.count = count;
    this.valueSize = valueSize;
    this.seed = seed;
  }

  int count() {
    return count;
  }

  int keySize() {
    return blank.length;
  }

  int valueSize() {
    return valueSize;
  }

  byte[] key(int number) {
    byte[] key = new byte[blank.length];
    writeKey(number, key, 0);
    return key;
  }

  void writeKey(int number, byte[] target, int at) {
    System.arraycopy(blank, 0, target, at, blank.length);
    int rest = number;
    for (int i = at + blank.length - 1; i >= at + digitsFrom && rest > 0; i--) {
      target[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  /** The value that belongs to a key, not compressible. */
  byte[] value(int number) {
    byte[] value = new byte[valueSize];
    new SplittableRandom(seed ^ (number * 0x9E3779B97F4A7C15L)).nextBytes(value);
    return value;
  }
}
