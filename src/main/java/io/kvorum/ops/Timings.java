package io.kvorum.ops;

import io.kvorum.meter.Histogram;
import java.util.concurrent.atomic.LongAdder;

/**
 * Collects durations and bytes of writes to disk, and the last entry of the log. Thread-safe.
 *
 * <p>Held by: MeteredLogContractTest.
 */
public final class Timings {
  private final Histogram logFlushes = Histogram.ofDiskWrites();
  private final Histogram logAppends = Histogram.ofDiskWrites();
  private final Histogram historyCommits = Histogram.ofDiskWrites();
  private final LongAdder logBytes = new LongAdder();

  private volatile LogEnd logEnd = new LogEnd(0, 0);

  /**
   * The last entry of the log, committed or not: of two members, the one with the higher term has
   * the more up-to-date log, and with equal terms the one with the higher index.
   */
  public record LogEnd(long term, long index) {}

  /**
   * The figures at about one moment.
   *
   * @param logBytes the payload written to the log so far
   */
  public record Report(
      Histogram.Snapshot logFlushes,
      Histogram.Snapshot logAppends,
      Histogram.Snapshot historyCommits,
      long logBytes,
      LogEnd logEnd) {}

  void logFlushed(long nanos) {
    logFlushes.record(nanos);
  }

  void historyCommitted(long nanos) {
    historyCommits.record(nanos);
  }

  void appended(long bytes, long nanos) {
    logBytes.add(bytes);
    logAppends.record(nanos);
  }

  void logEndsWith(long index, long term) {
    logEnd = new LogEnd(term, index);
  }

  public Report report() {
    return new Report(
        logFlushes.snapshot(),
        logAppends.snapshot(),
        historyCommits.snapshot(),
        logBytes.sum(),
        logEnd);
  }
}
