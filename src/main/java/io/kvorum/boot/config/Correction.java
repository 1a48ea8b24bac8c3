package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says what to write instead of a value that has not the form of its flag, where it is plain what
 * was meant: a number with a unit, a duration without one, {@code yes}, a URL without its scheme or
 * port. Stateless.
 *
 * <p>Held by: CorrectionTest.
 */
final class Correction {
  private static final Map<String, Long> BYTES_OF_UNIT =
      Map.of("quota-backend-bytes", 1L, "max-request-bytes", 1L, "audit-log-maxsize", 1L << 20);

  private static final Map<String, Duration> TIME_OF_UNIT =
      Map.of(
          "heartbeat-interval", Duration.ofMillis(1),
          "election-timeout", Duration.ofMillis(1),
          "auth-token-ttl", Duration.ofSeconds(1),
          "audit-log-maxage", Duration.ofDays(1));

  private static final Set<String> YES = Set.of("yes", "y", "on", "enable", "enabled");
  private static final Set<String> NO = Set.of("no", "n", "off", "disable", "disabled", "none");

  private static final Pattern SIZE = Pattern.compile("(?i)(\\d{1,15}) ?([kmgt])?(i)?b?(ytes)?");
  private static final Pattern TIME = Pattern.compile("(?i)(\\d{1,9}) ?([a-zµ]+)");
  private static final Pattern GROUPED = Pattern.compile("\\d{1,3}([ _,.'])\\d{3}(\\1\\d{3})*");
  private static final Pattern URL = Pattern.compile("(?:([A-Za-z]+):/*)?([^/?#]+).*");

  private Correction() {}

  /** Continues the reason of a refusal; empty if it is not plain what was meant. */
  static String of(Flag flag, String value) {
    String better =
        switch (flag.kind()) {
          case TEXT, ANY -> "";
          case INTEGER, UNSIGNED -> number(flag.name(), value.strip());
          case DURATION -> duration(value.strip());
          case BOOLEAN -> bool(value.strip().toLowerCase(Locale.ROOT));
          case URLS -> url(flag.name(), value);
        };
    return better.isEmpty() ? "" : "; write " + better;
  }

  private static String number(String flag, String value) {
    if (GROUPED.matcher(value).matches()) {
      return value.replaceAll("\\D", "");
    }
    Long bytes = BYTES_OF_UNIT.get(flag);
    Matcher size = SIZE.matcher(value);
    if (bytes != null && size.matches()) {
      return inUnits(bytes(size), BigDecimal.valueOf(bytes));
    }
    Duration unit = TIME_OF_UNIT.get(flag);
    Matcher time = TIME.matcher(value);
    if (unit != null && time.matches()) {
      String duration = duration(value);
      return inUnits(
          nanos(duration.isEmpty() ? value : duration), BigDecimal.valueOf(unit.toNanos()));
    }
    return "";
  }

  private static BigDecimal bytes(Matcher size) {
    int power =
        size.group(2) == null ? 0 : 1 + "kmgt".indexOf(size.group(2).toLowerCase(Locale.ROOT));
    BigDecimal factor = BigDecimal.valueOf(size.group(3) == null ? 1000 : 1024).pow(power);
    return new BigDecimal(size.group(1)).multiply(factor);
  }

  private static BigDecimal nanos(String duration) {
    try {
      return BigDecimal.valueOf(GoDuration.parse(duration).toNanos());
    } catch (IllegalArgumentException | ArithmeticException notADuration) {
      return BigDecimal.ZERO;
    }
  }

  /** Rounded up; empty if it is nothing, or too much for a number. */
  private static String inUnits(BigDecimal amount, BigDecimal unit) {
    BigDecimal units = amount.divide(unit, 0, RoundingMode.UP);
    return units.signum() > 0 && units.precision() < 19 ? units.toPlainString() : "";
  }

  /** A number alone is most likely one of seconds. */
  private static String duration(String value) {
    if (value.matches("\\d{1,9}")) {
      return value + "s";
    }
    Matcher time = TIME.matcher(value);
    if (!time.matches()) {
      return "";
    }
    String number = time.group(1);
    String unit = time.group(2).toLowerCase(Locale.ROOT);
    if (unit.matches("d|days?")) {
      return Long.parseLong(number) * 24 + "h";
    }
    if (unit.matches("h|hrs?|hours?")) {
      return number + "h";
    }
    if (unit.matches("m|mins?|minutes?")) {
      return number + "m";
    }
    if (unit.matches("s|secs?|seconds?")) {
      return number + "s";
    }
    return unit.matches("ms|millis|milliseconds?") ? number + "ms" : "";
  }

  private static String bool(String value) {
    if (YES.contains(value)) {
      return "true";
    }
    return NO.contains(value) ? "false" : "";
  }

  /** The first URL of the list that is wrong, as it was likely meant. */
  private static String url(String flag, String value) {
    for (String part : value.split(",", -1)) {
      String text = part.strip();
      if (!isUrl(text)) {
        String better = better(flag, text);
        return isUrl(better) ? better : "";
      }
    }
    return "";
  }

  private static String better(String flag, String text) {
    Matcher parts = URL.matcher(text);
    if (!parts.matches() || text.startsWith("unix")) {
      return "";
    }
    String authority = parts.group(2);
    String scheme = parts.group(1);
    if (scheme == null || !text.contains("/")) {
      scheme = "http";
      authority = text.replaceFirst("/.*", "");
    }
    scheme = scheme.equalsIgnoreCase("https") ? "https" : "http";
    boolean hasPort = authority.matches(".*:\\d+");
    return scheme + "://" + authority.replaceFirst(":$", "") + (hasPort ? "" : ":" + port(flag));
  }

  private static boolean isUrl(String text) {
    try {
      MemberUrl.parseForClients(text);
      return true;
    } catch (IllegalArgumentException wrong) {
      return false;
    }
  }

  private static int port(String flag) {
    if (flag.contains("peer")) {
      return 2380;
    }
    return switch (flag) {
      case "listen-client-http-urls" -> 2382;
      case "listen-metrics-urls" -> 2381;
      case "kvorum-admin-url" -> 9990;
      default -> 2379;
    };
  }
}
