package io.kvorum.load;

import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What one run measured.
 *
 * @param operations answered rightly while counting; for watches, events delivered
 * @param serverCpuNanos CPU time of the server while counting, 0 if it was not measured
 * @param serverPeakBytes peak resident memory of the server since it started
 */
record LoadResult(
    String label,
    String what,
    long operations,
    double seconds,
    long errors,
    @Nullable String firstError,
    Histogram latencies,
    long serverCpuNanos,
    long serverPeakBytes) {

  private static final List<String> COLUMNS =
      List.of(
          "label",
          "scenario",
          "protocol",
          "in_flight",
          "connections",
          "keys",
          "value_bytes",
          "seconds",
          "ops",
          "ops_per_s",
          "p50_us",
          "p99_us",
          "p999_us",
          "max_us",
          "errors",
          "server_cpu_us_per_op",
          "server_peak_mib");

  static LoadResult of(
      LoadOptions options, Meter meter, double seconds, long serverCpuNanos, long peakBytes) {
    return new LoadResult(
        options.label,
        String.join(
            ",",
            options.scenario.name(),
            options.protocol.name(),
            String.valueOf(options.inFlight),
            String.valueOf(options.connections),
            String.valueOf(options.keys),
            String.valueOf(options.valueSize)),
        meter.latencies().getTotalCount(),
        seconds,
        meter.errors(),
        meter.firstError(),
        meter.latencies(),
        serverCpuNanos,
        peakBytes);
  }

  double perSecond() {
    return seconds == 0 ? 0 : operations / seconds;
  }

  double cpuMicrosPerOperation() {
    return operations == 0 ? 0 : serverCpuNanos / 1000.0 / operations;
  }

  double micros(double percentile) {
    return latencies.getValueAtPercentile(percentile) / 1000.0;
  }

  private String row() {
    return String.format(
        Locale.ROOT,
        "%s,%s,%.2f,%d,%.0f,%.0f,%.0f,%.0f,%.0f,%d,%.1f,%.0f",
        label,
        what,
        seconds,
        operations,
        perSecond(),
        micros(50),
        micros(99),
        micros(99.9),
        micros(100),
        errors,
        cpuMicrosPerOperation(),
        serverPeakBytes / 1048576.0);
  }

  static String csvHead() {
    return String.join(",", COLUMNS);
  }

  String csv() {
    return row();
  }

  static String textHead() {
    return text(COLUMNS.toArray(new String[0]));
  }

  String text() {
    String error = firstError == null ? "" : "   first error: " + firstError;
    return text(row().split(",")) + error;
  }

  String json() {
    String[] values = row().split(",");
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < values.length; i++) {
      boolean text = i < 3;
      out.append(i == 0 ? "" : ",").append('"').append(COLUMNS.get(i)).append("\":");
      out.append(text ? '"' + values[i] + '"' : values[i]);
    }
    return out.append('}').toString();
  }

  private static String text(String[] cells) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < cells.length; i++) {
      String title = COLUMNS.get(i);
      int width = Math.max(title.length(), i == 1 ? 12 : 7);
      out.append(String.format(i < 3 ? "%-" + width + "s  " : "%" + width + "s  ", cells[i]));
    }
    return out.toString().stripTrailing();
  }
}
