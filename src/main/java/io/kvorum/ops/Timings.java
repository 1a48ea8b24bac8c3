package io.kvorum.ops;

import io.kvorum.meter.Histogram;
import java.util.concurrent.atomic.LongAdder;

/** How long the disk took, how much went to it, and where the log on it ends. Thread-safe. */
public final class Timings {
  private final Histogram logFlushes = Histogram.ofDiskWrites();
  private final Histogram historyCommits = Histogram.ofDiskWrites();
  private final LongAdder logBytes = new LongAdder();

  private volatile LogEnd logEnd = new LogEnd(0, 0);

  /**
   * The last entry of the log, be it decided or not: of two members the one with the higher term
   * has more, and if these are the same, the one with the higher index.
   */
  public record LogEnd(long term, long index) {}

  /**
   * The timings at one moment.
   *
   * @param logBytes the payload written to the log
   */
  public record Report(
      Histogram.Snapshot logFlushes,
      Histogram.Snapshot historyCommits,
      long logBytes,
      LogEnd logEnd) {}

  void logFlushed(long nanos) {
    logFlushes.record(nanos);
  }

  void historyCommitted(long nanos) {
    historyCommits.record(nanos);
  }

  void appended(long bytes) {
    logBytes.add(bytes);
  }

  void logEndsWith(long index, long term) {
    logEnd = new LogEnd(term, index);
  }

  public Report report() {
    return new Report(logFlushes.snapshot(), historyCommits.snapshot(), logBytes.sum(), logEnd);
  }
}
