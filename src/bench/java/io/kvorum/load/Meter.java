package io.kvorum.load;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What the callers of one event loop have seen while the run counts. Written by that event loop,
 * read when it has come to rest.
 */
final class Meter {

  private static final long LONGEST_NANOS = 120_000_000_000L;

  private final Histogram latencies = new Histogram(LONGEST_NANOS, 3);
  private long errors;
  private @Nullable String firstError;

  void succeeded(long nanos) {
    latencies.recordValue(Math.min(nanos, LONGEST_NANOS));
  }

  void failed(String why) {
    errors++;
    if (firstError == null) {
      firstError = why;
    }
  }

  void addTo(Meter sum) {
    sum.latencies.add(latencies);
    sum.errors += errors;
    if (sum.firstError == null) {
      sum.firstError = firstError;
    }
  }

  Histogram latencies() {
    return latencies;
  }

  long errors() {
    return errors;
  }

  @Nullable String firstError() {
    return firstError;
  }
}
