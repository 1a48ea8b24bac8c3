package io.kvorum.ctl.output;

import java.time.Duration;
import java.util.Locale;

/** Writes values as Go's standard formatting and etcd's libraries do. Stateless. */
public final class GoText {
  private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  private static final long UNIT = 1000;

  private GoText() {}

  /** A size in powers of 1000, with one decimal below ten: {@code 20 kB}, {@code 2.1 GB}. */
  public static String bytes(long size) {
    if (size < 10) {
      return size + " B";
    }
    int unit = 0;
    double value = size;
    for (long rest = size; rest >= UNIT; rest /= UNIT) {
      unit++;
      value /= UNIT;
    }
    double rounded = Math.floor(value * 10 + 0.5) / 10;
    String number =
        rounded < 10
            ? String.format(Locale.ROOT, "%.1f", rounded)
            : Long.toString((long) Math.rint(rounded));
    return number + " " + UNITS[unit];
  }

  /** A duration such as {@code 2.708717ms}, {@code 1.5s}, {@code 1h2m0.25s}. */
  public static String duration(Duration duration) {
    long nanos = duration.toNanos();
    if (nanos < 0) {
      return "-" + duration(duration.negated());
    }
    if (nanos == 0) {
      return "0s";
    }
    if (nanos < 1_000) {
      return nanos + "ns";
    }
    if (nanos < 1_000_000) {
      return decimal(nanos, 1_000) + "µs";
    }
    if (nanos < 1_000_000_000) {
      return decimal(nanos, 1_000_000) + "ms";
    }
    long minutes = duration.toMinutes();
    String seconds = decimal(nanos - minutes * 60_000_000_000L, 1_000_000_000) + "s";
    if (minutes == 0) {
      return seconds;
    }
    return (minutes < 60 ? "" : minutes / 60 + "h") + minutes % 60 + "m" + seconds;
  }

  /** A quotient by a power of ten, without trailing zeros. */
  private static String decimal(long value, long unit) {
    String fraction = Long.toString(unit + value % unit).substring(1).replaceFirst("0+$", "");
    return value / unit + (fraction.isEmpty() ? "" : "." + fraction);
  }

  /** An id as it is written in hex: lower case, no leading zeros. */
  public static String hex(long id) {
    return Long.toHexString(id);
  }

  /** The text in quotation marks, as Go's {@code %q}. */
  public static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints().forEach(c -> append(quoted, c));
    return quoted.append('"').toString();
  }

  private static void append(StringBuilder quoted, int c) {
    switch (c) {
      case '"', '\\' -> quoted.append('\\').appendCodePoint(c);
      case '\n' -> quoted.append("\\n");
      case '\r' -> quoted.append("\\r");
      case '\t' -> quoted.append("\\t");
      default -> {
        if (c < ' ' || c == 0x7f) {
          quoted.append(String.format("\\x%02x", c));
        } else {
          quoted.appendCodePoint(c);
        }
      }
    }
  }
}
