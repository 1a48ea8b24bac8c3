package io.kvorum.ops;

import io.kvorum.meter.Histogram;
import java.util.concurrent.atomic.LongAdder;

/** How long the disk took, and how much went to it. Thread-safe. */
public final class Timings {
  private final Histogram logFlushes = Histogram.ofDiskWrites();
  private final Histogram historyCommits = Histogram.ofDiskWrites();
  private final LongAdder logBytes = new LongAdder();

  /**
   * The timings at one moment.
   *
   * @param logBytes the payload written to the log
   */
  public record Report(
      Histogram.Snapshot logFlushes, Histogram.Snapshot historyCommits, long logBytes) {}

  void logFlushed(long nanos) {
    logFlushes.record(nanos);
  }

  void historyCommitted(long nanos) {
    historyCommits.record(nanos);
  }

  void appended(long bytes) {
    logBytes.add(bytes);
  }

  public Report report() {
    return new Report(logFlushes.snapshot(), historyCommits.snapshot(), logBytes.sum());
  }
}
