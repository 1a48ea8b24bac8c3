package io.kvorum.grpc;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the header {@code Grpc-Timeout}: a number and one of the letters H, M, S, m, u, n.
 * Stateless.
 *
 * <p>Held by: GrpcTimeoutTest.
 */
final class GrpcTimeout {
  static final String HEADER = "Grpc-Timeout";

  private static final Pattern FORM = Pattern.compile("([+-]?\\d+)([HMSmun])");

  private GrpcTimeout() {}

  /** The time in nanoseconds, at most the largest long; empty if it is malformed. */
  static OptionalLong nanos(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return OptionalLong.empty();
    }
    long number;
    try {
      number = Long.parseLong(parts.group(1));
    } catch (NumberFormatException tooLarge) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Math.multiplyExact(number, nanosOf(parts.group(2).charAt(0))));
    } catch (ArithmeticException beyond) {
      return OptionalLong.of(number < 0 ? 0 : Long.MAX_VALUE);
    }
  }

  private static long nanosOf(char unit) {
    Duration one =
        switch (unit) {
          case 'H' -> Duration.ofHours(1);
          case 'M' -> Duration.ofMinutes(1);
          case 'S' -> Duration.ofSeconds(1);
          case 'm' -> Duration.ofMillis(1);
          case 'u' -> Duration.ofNanos(1_000);
          case 'n' -> Duration.ofNanos(1);
          default -> throw new IllegalArgumentException("not a unit: " + unit);
        };
    return one.toNanos();
  }
}
