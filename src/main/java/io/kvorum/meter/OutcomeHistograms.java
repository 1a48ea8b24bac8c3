package io.kvorum.meter;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts the durations of one kind of work, apart for what succeeded and what failed. Thread-safe.
 *
 * <p>Held by: CallTimesTest, ApplyMeterTest.
 */
public final class OutcomeHistograms {
  private final String kind;
  private final Histogram successes;
  private final Histogram failures;

  /** The durations at one moment. */
  public record Snapshot(Histogram.Snapshot successes, Histogram.Snapshot failures) {
    /** What this one and another one with the same bounds have counted. */
    public Snapshot plus(Snapshot other) {
      return new Snapshot(successes.plus(other.successes), failures.plus(other.failures));
    }
  }

  private OutcomeHistograms(String kind, Histogram successes, Histogram failures) {
    this.kind = kind;
    this.successes = successes;
    this.failures = failures;
  }

  /** In the buckets of {@link Histogram#ofRequests}. */
  public static OutcomeHistograms ofRequests(String kind) {
    return new OutcomeHistograms(kind, Histogram.ofRequests(), Histogram.ofRequests());
  }

  /** In the buckets of {@link Histogram#ofApplies}. */
  public static OutcomeHistograms ofApplies(String kind) {
    return new OutcomeHistograms(kind, Histogram.ofApplies(), Histogram.ofApplies());
  }

  public void record(boolean isSuccess, long nanos) {
    (isSuccess ? successes : failures).record(nanos);
  }

  /** The name of the kind. */
  public String kind() {
    return kind;
  }

  public Snapshot snapshot() {
    return new Snapshot(successes.snapshot(), failures.snapshot());
  }

  /** The durations so far, by the names of kinds, sorted; those of the same name count together. */
  public static Map<String, Snapshot> byKind(Collection<OutcomeHistograms> all) {
    Map<String, Snapshot> byKind = new TreeMap<>();
    all.forEach(one -> byKind.merge(one.kind, one.snapshot(), Snapshot::plus));
    return byKind;
  }
}
