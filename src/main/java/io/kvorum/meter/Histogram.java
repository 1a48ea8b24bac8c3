package io.kvorum.meter;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts durations in fixed buckets, by default each twice as wide as the one before. Thread-safe;
 * recording costs a binary search and two adders.
 *
 * <p>Held by: HistogramTest.
 */
public final class Histogram {
  private final long[] boundsNanos;
  private final LongAdder[] counts;
  private final LongAdder sumNanos = new LongAdder();

  /**
   * A histogram at one moment.
   *
   * @param boundsSeconds the inclusive upper bounds of all buckets but the last, which has none
   * @param counts how many fell into each bucket, not cumulative; one more than there are bounds
   */
  public record Snapshot(double[] boundsSeconds, long[] counts, double sumSeconds) {
    public long count() {
      return Arrays.stream(counts).sum();
    }

    /** What this one and another one with the same bounds have counted. */
    public Snapshot plus(Snapshot other) {
      long[] both = counts.clone();
      Arrays.setAll(both, i -> counts[i] + other.counts[i]);
      return new Snapshot(boundsSeconds, both, sumSeconds + other.sumSeconds);
    }
  }

  /**
   * @param firstBoundNanos the upper bound of the first bucket
   * @param bounds how many buckets have an upper bound
   */
  public Histogram(long firstBoundNanos, int bounds) {
    if (firstBoundNanos <= 0 || bounds <= 0 || bounds > 40) {
      throw new IllegalArgumentException(firstBoundNanos + " ns, " + bounds + " buckets");
    }
    this.boundsNanos = new long[bounds];
    Arrays.setAll(boundsNanos, i -> firstBoundNanos << i);
    this.counts = newCounts(bounds);
  }

  private Histogram(long[] boundsNanos) {
    this.boundsNanos = boundsNanos;
    this.counts = newCounts(boundsNanos.length);
  }

  private static LongAdder[] newCounts(int bounds) {
    LongAdder[] counts = new LongAdder[bounds + 1];
    Arrays.setAll(counts, i -> new LongAdder());
    return counts;
  }

  /** The buckets of etcd's disk histograms: from 1 ms on, 14 of them. */
  public static Histogram ofDiskWrites() {
    return new Histogram(TimeUnit.MILLISECONDS.toNanos(1), 14);
  }

  /** The buckets of etcd's round trips between members: from 0.1 ms on, 16 of them. */
  public static Histogram ofRoundTrips() {
    return new Histogram(TimeUnit.MICROSECONDS.toNanos(100), 16);
  }

  /** The buckets of etcd's snapshot transfers: from 100 ms on, 10 of them. */
  public static Histogram ofTransfers() {
    return new Histogram(TimeUnit.MILLISECONDS.toNanos(100), 10);
  }

  /** The buckets of etcd's applied commands: from 0.1 ms on, 20 of them. */
  public static Histogram ofApplies() {
    return new Histogram(TimeUnit.MICROSECONDS.toNanos(100), 20);
  }

  /** The buckets of etcd's requests: from 1 ms on, 14 of them. */
  public static Histogram ofRequests() {
    return new Histogram(TimeUnit.MILLISECONDS.toNanos(1), 14);
  }

  /** The buckets of etcd's hashes: from 10 ms on, 15 of them. */
  public static Histogram ofHashes() {
    return new Histogram(TimeUnit.MILLISECONDS.toNanos(10), 15);
  }

  /** The buckets of etcd's defragmentations: from 100 ms on, 13 of them. */
  public static Histogram ofDefragmentations() {
    return new Histogram(TimeUnit.MILLISECONDS.toNanos(100), 13);
  }

  /** The buckets of the times to live of etcd's leases: from 1 s on, 24 of them. */
  public static Histogram ofTimesToLive() {
    return new Histogram(TimeUnit.SECONDS.toNanos(1), 24);
  }

  /** The buckets that Prometheus's clients have by default, and gRPC's handling times with them. */
  public static Histogram ofHandling() {
    long[] millis = {5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000};
    return new Histogram(Arrays.stream(millis).map(TimeUnit.MILLISECONDS::toNanos).toArray());
  }

  public void record(long nanos) {
    counts[bucketOf(nanos)].increment();
    sumNanos.add(nanos);
  }

  private int bucketOf(long nanos) {
    int bucket = Arrays.binarySearch(boundsNanos, nanos);
    return bucket < 0 ? -bucket - 1 : bucket;
  }

  public Snapshot snapshot() {
    double[] bounds = Arrays.stream(boundsNanos).mapToDouble(bound -> bound / 1e9).toArray();
    long[] sums = Arrays.stream(counts).mapToLong(LongAdder::sum).toArray();
    return new Snapshot(bounds, sums, sumNanos.sum() / 1e9);
  }
}
