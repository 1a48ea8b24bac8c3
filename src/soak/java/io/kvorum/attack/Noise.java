package io.kvorum.attack;

import io.kvorum.differential.SampleCall;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes bytes that are nearly right out of right ones. Not thread-safe. */
final class Noise {
  private static final int LONGEST = 4_000;

  private final SplittableRandom random;
  private final String token;

  /**
   * @param token one that is good
   */
  Noise(SplittableRandom random, String token) {
    this.random = random;
    this.token = token;
  }

  int number(int bound) {
    return random.nextInt(bound);
  }

  boolean oneIn(int many) {
    return random.nextInt(many) == 0;
  }

  @SafeVarargs
  final <T> T oneOf(T... values) {
    return values[random.nextInt(values.length)];
  }

  /** A request of any kind. */
  SampleCall call() {
    List<SampleCall> calls = SampleCall.of(random.nextLong());
    return calls.get(random.nextInt(calls.size()));
  }

  /** A token that is good, or nearly. */
  String token() {
    return oneIn(2) ? token : printable(mutated(token.getBytes(StandardCharsets.US_ASCII)));
  }

  /** The JSON with one of its numbers, quoted or not, written in a way that nobody would. */
  String withOddNumber(String json) {
    String number =
        oneOf(
            "1e-500000000",
            "-1e500000000",
            "1e2147483648",
            "-" + "1".repeat(200_000),
            "1" + "0".repeat(200_000) + "e-200000",
            "0." + "0".repeat(200_000) + "1",
            "-0",
            "1.50e1");
    Matcher found = Pattern.compile("(?<=:\"?)-?[0-9]+").matcher(json);
    return found.find() ? found.replaceFirst(number) : "{\"limit\":" + number + "}";
  }

  private static String printable(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", "~");
  }

  byte[] bytes(int most) {
    byte[] bytes = new byte[random.nextInt(most + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  byte[] mutated(byte[] good) {
    byte[] bytes = good;
    for (int changes = 1 + number(3); changes > 0; changes--) {
      bytes = changed(bytes);
    }
    return bytes;
  }

  private byte[] changed(byte[] bytes) {
    int at = number(bytes.length + 1);
    int end = Math.min(bytes.length, at + 1 + number(16));
    byte[] head = Arrays.copyOf(bytes, at);
    byte[] tail = Arrays.copyOfRange(bytes, end, bytes.length);
    return switch (number(7)) {
      case 0 -> flipped(bytes);
      case 1 -> head;
      case 2 -> joined(head, tail);
      case 3 -> joined(head, bytes(20), Arrays.copyOfRange(bytes, at, bytes.length));
      case 4 -> joined(bytes, Arrays.copyOfRange(bytes, at, end));
      case 5 -> joined(head, bytes(end - at), tail);
      default -> oneIn(6) ? bytes(LONGEST) : flipped(bytes);
    };
  }

  private byte[] flipped(byte[] good) {
    byte[] bytes = good.clone();
    for (int i = number(4); i >= 0 && bytes.length > 0; i--) {
      bytes[number(bytes.length)] ^= (byte) (1 << number(8));
    }
    return bytes;
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
