package io.kvorum.boot.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses durations in Go's notation: numbers with units, in any order, such as {@code 10m}, {@code
 * 1h30m}, {@code 1.5s}, {@code -300ms}; only {@code 0} needs no unit.
 */
public final class GoDuration {
  private static final Pattern PART =
      Pattern.compile("(\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private GoDuration() {}

  /**
   * The duration that the text denotes.
   *
   * @throws IllegalArgumentException if it denotes none, or one beyond 292 years
   */
  public static Duration parse(String text) {
    boolean negative = text.startsWith("-");
    String digits = negative || text.startsWith("+") ? text.substring(1) : text;
    if (digits.equals("0")) {
      return Duration.ZERO;
    }
    Duration sum = Duration.ofNanos(exactNanos(digits));
    return negative ? sum.negated() : sum;
  }

  private static long exactNanos(String digits) {
    Matcher part = PART.matcher(digits);
    BigDecimal nanos = BigDecimal.ZERO;
    int end = 0;
    while (end < digits.length() && part.find(end) && part.start() == end) {
      nanos =
          nanos.add(
              new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit(part.group(2)))));
      end = part.end();
    }
    if (end == 0 || end < digits.length()) {
      throw new IllegalArgumentException("not a duration such as 300ms, 10m or 1h30m");
    }
    try {
      return nanos.setScale(0, RoundingMode.DOWN).longValueExact();
    } catch (ArithmeticException tooLarge) {
      throw new IllegalArgumentException("too long a duration", tooLarge);
    }
  }

  private static long unit(String name) {
    Long nanos = NANOS.get(name);
    if (nanos == null) {
      throw new IllegalArgumentException("unknown unit " + name);
    }
    return nanos;
  }
}
