package io.kvorum.meter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HistogramTest {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

  @Test
  void eachBucketIsTwiceAsWideAsTheOneBeforeAndHoldsItsUpperBound() {
    Histogram histogram = new Histogram(MILLISECOND, 3);
    histogram.record(0);
    histogram.record(MILLISECOND);
    histogram.record(MILLISECOND + 1);
    histogram.record(2 * MILLISECOND);
    histogram.record(2 * MILLISECOND + 1);
    histogram.record(4 * MILLISECOND);
    histogram.record(4 * MILLISECOND + 1);
    histogram.record(Long.MAX_VALUE / 4);

    Histogram.Snapshot snapshot = histogram.snapshot();
    assertThat(snapshot.boundsSeconds()).containsExactly(0.001, 0.002, 0.004);
    assertThat(snapshot.counts()).containsExactly(2, 2, 2, 2);
    assertThat(snapshot.count()).isEqualTo(8);
  }

  @Test
  void theSumIsInSeconds() {
    Histogram histogram = Histogram.ofDiskWrites();
    histogram.record(1500 * MILLISECOND);
    histogram.record(500 * MILLISECOND);
    assertThat(histogram.snapshot().sumSeconds()).isEqualTo(2.0);
  }

  @Test
  void theDiskBucketsAreEtcds() {
    assertThat(Histogram.ofDiskWrites().snapshot().boundsSeconds())
        .containsExactly(
            0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048,
            4.096, 8.192);
  }

  @Test
  void handlingTimesHavePrometheusOwnBuckets() {
    Histogram histogram = Histogram.ofHandling();
    histogram.record(10 * MILLISECOND);
    histogram.record(10 * MILLISECOND + 1);
    histogram.record(11_000 * MILLISECOND);
    Histogram.Snapshot snapshot = histogram.snapshot();
    assertThat(snapshot.boundsSeconds())
        .containsExactly(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);
    assertThat(snapshot.counts()).containsExactly(0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1);
  }
}
