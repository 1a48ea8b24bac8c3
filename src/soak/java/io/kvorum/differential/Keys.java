package io.kvorum.differential;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Chooses keys, ranges and values: few, so that steps meet, and of every shape. Not thread-safe.
 */
final class Keys {
  private static final ByteString OPEN = ByteString.copyFrom(new byte[1]);
  private static final List<ByteString> ALL =
      List.of(
          ByteString.copyFromUtf8("a"),
          ByteString.copyFromUtf8("aa"),
          ByteString.copyFromUtf8("a\0"),
          ByteString.copyFromUtf8("b"),
          ByteString.copyFromUtf8("ba"),
          ByteString.copyFromUtf8("c"),
          ByteString.copyFromUtf8("d"),
          ByteString.copyFrom(new byte[] {(byte) 0xff}),
          ByteString.copyFrom(new byte[] {(byte) 0xff, (byte) 0xff}));
  private static final List<ByteString> NAMES =
      List.of(ByteString.copyFromUtf8("l"), ByteString.copyFromUtf8("b"), ByteString.EMPTY);

  /** Larger than what fits a watch message that may be cut, together with a few others. */
  private static final int LARGE = 400_000;

  /** A range as requests give it; the end is empty for one key. */
  record Range(ByteString key, ByteString end) {}

  private final SplittableRandom random;

  Keys(SplittableRandom random) {
    this.random = random;
  }

  boolean oneIn(int many) {
    return random.nextInt(many) == 0;
  }

  <T> T oneOf(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  int number(int bound) {
    return random.nextInt(bound);
  }

  /** A key; seldom the empty one. */
  ByteString key() {
    return oneIn(60) ? ByteString.EMPTY : oneOf(ALL);
  }

  ByteString value() {
    return switch (random.nextInt(12)) {
      case 0 -> ByteString.EMPTY;
      case 1 -> ByteString.copyFrom(new byte[] {0, (byte) 0xfe});
      case 2 -> oneIn(12) ? ByteString.copyFrom(new byte[LARGE]) : ByteString.copyFromUtf8("9");
      default -> ByteString.copyFromUtf8(Integer.toString(random.nextInt(20)));
    };
  }

  /** The name of a lock or an election. */
  ByteString name() {
    return oneIn(30) ? NAMES.get(2) : NAMES.get(random.nextInt(2));
  }

  Range range() {
    ByteString key = key();
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> new Range(key, ByteString.EMPTY);
      case 3, 4 -> new Range(key, next(key));
      case 5 -> new Range(key, OPEN);
      case 6 -> new Range(OPEN, OPEN);
      case 7 -> new Range(OPEN, key());
      default -> new Range(key, key());
    };
  }

  /** The end of the range of all keys with that prefix. */
  private static ByteString next(ByteString prefix) {
    byte[] bytes = prefix.toByteArray();
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] != (byte) 0xff) {
        bytes[i]++;
        return ByteString.copyFrom(bytes, 0, i + 1);
      }
    }
    return OPEN;
  }
}
