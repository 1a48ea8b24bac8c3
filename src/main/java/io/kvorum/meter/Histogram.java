package io.kvorum.meter;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts durations in fixed buckets, each twice as wide as the one before. Thread-safe; recording
 * costs a leading-zero count and two adders.
 */
public final class Histogram {
  private final long firstBoundNanos;
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
  }

  /**
   * @param firstBoundNanos the upper bound of the first bucket
   * @param bounds how many buckets have an upper bound
   */
  public Histogram(long firstBoundNanos, int bounds) {
    if (firstBoundNanos <= 0 || bounds <= 0 || bounds > 40) {
      throw new IllegalArgumentException(firstBoundNanos + " ns, " + bounds + " buckets");
    }
    this.firstBoundNanos = firstBoundNanos;
    this.counts = new LongAdder[bounds + 1];
    Arrays.setAll(counts, i -> new LongAdder());
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

  public void record(long nanos) {
    counts[bucketOf(nanos)].increment();
    sumNanos.add(nanos);
  }

  private int bucketOf(long nanos) {
    if (nanos <= firstBoundNanos) {
      return 0;
    }
    long timesFirst = (nanos - 1) / firstBoundNanos;
    int bucket = Long.SIZE - Long.numberOfLeadingZeros(timesFirst);
    return Math.min(bucket, counts.length - 1);
  }

  public Snapshot snapshot() {
    double[] bounds = new double[counts.length - 1];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = (firstBoundNanos << i) / 1e9;
    }
    long[] sums = Arrays.stream(counts).mapToLong(LongAdder::sum).toArray();
    return new Snapshot(bounds, sums, sumNanos.sum() / 1e9);
  }
}
