package io.kvorum.ops;

import io.kvorum.meter.Histogram;
import java.math.BigDecimal;
import java.util.Arrays;

/**
 * Writes Prometheus's text format 0.0.4. Confined to one thread.
 *
 * <p>No library is used, since several of etcd's gauges are named {@code _total}, which the
 * official client refuses and other exporters rename. Numbers look as Go's client prints them.
 */
final class Exposition {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** The type of a family of samples. */
  enum Type {
    COUNTER,
    GAUGE,
    HISTOGRAM,
    SUMMARY
  }

  private final StringBuilder text = new StringBuilder(16 * 1024);
  private String family = "";

  /** Of a family that has no sample yet; empty if it has. */
  private String head = "";

  /**
   * Begins a family; the samples that follow belong to it. Without any it is left out, as in etcd.
   */
  Exposition family(String name, Type type, String help) {
    family = name;
    head = head(name, type, help);
    return this;
  }

  private static String head(String name, Type type, String help) {
    return "# HELP "
        + name
        + ' '
        + help.replace("\\", "\\\\").replace("\n", "\\n")
        + "\n# TYPE "
        + name
        + ' '
        + switch (type) {
          case COUNTER -> "counter";
          case GAUGE -> "gauge";
          case HISTOGRAM -> "histogram";
          case SUMMARY -> "summary";
        }
        + '\n';
  }

  void counter(String name, String help, double value) {
    family(name, Type.COUNTER, help).sample(value);
  }

  void gauge(String name, String help, double value) {
    family(name, Type.GAUGE, help).sample(value);
  }

  void gauge(String name, String help, boolean value) {
    gauge(name, help, value ? 1 : 0);
  }

  void histogram(String name, String help, Histogram.Snapshot snapshot) {
    family(name, Type.HISTOGRAM, help).buckets(snapshot);
  }

  /**
   * The samples of one histogram of the family.
   *
   * @param labels as of {@link #sample}; {@code le} comes last, as in etcd
   */
  void buckets(Histogram.Snapshot snapshot, String... labels) {
    String[] bucket = Arrays.copyOf(labels, labels.length + 2);
    bucket[labels.length] = "le";
    long below = 0;
    for (int i = 0; i < snapshot.boundsSeconds().length; i++) {
      below += snapshot.counts()[i];
      bucket[labels.length + 1] = number(snapshot.boundsSeconds()[i]);
      line("_bucket", below, bucket);
    }
    bucket[labels.length + 1] = "+Inf";
    line("_bucket", snapshot.count(), bucket);
    line("_sum", snapshot.sumSeconds(), labels);
    line("_count", snapshot.count(), labels);
  }

  /**
   * The samples of one summary without quantiles of the family.
   *
   * @param labels as of {@link #sample}
   */
  void totals(long count, double sum, String... labels) {
    line("_sum", sum, labels);
    line("_count", count, labels);
  }

  /**
   * A sample of the family.
   *
   * @param labels names and values in turn, the names in alphabetical order
   */
  Exposition sample(double value, String... labels) {
    line("", value, labels);
    return this;
  }

  private void line(String suffix, double value, String... labels) {
    text.append(head);
    head = "";
    text.append(family).append(suffix);
    for (int i = 0; i < labels.length; i += 2) {
      text.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      text.append(escaped(labels[i + 1])).append('"');
    }
    if (labels.length > 0) {
      text.append('}');
    }
    text.append(' ').append(number(value)).append('\n');
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  /** The shortest form, as Go prints it: with an exponent for what is very large or very small. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= -4 && exponent < 6) {
      return decimal.toPlainString();
    }
    String digits = decimal.unscaledValue().abs().toString();
    String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
    return String.format(
        "%s%s%se%s%02d",
        value < 0 ? "-" : "",
        digits.charAt(0),
        fraction,
        exponent < 0 ? "-" : "+",
        Math.abs(exponent));
  }

  String text() {
    return text.toString();
  }
}
