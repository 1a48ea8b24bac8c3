package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.meter.Histogram;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpositionTest {
  private static String text(Exposition out) {
    return out.text();
  }

  /** Pairs as an etcd showed them. */
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "1,1",
    "62,62",
    "524288,524288",
    "1048576,1.048576e+06",
    "17179869184,1.7179869184e+10",
    "0.001,0.001",
    "0.0001,0.0001",
    "0.00005,5e-05",
    "0.034114861999999996,0.034114861999999996",
    "-1,-1",
    "1E21,1e+21",
    "-2500000,-2.5e+06",
    "Infinity,+Inf",
    "NaN,NaN"
  })
  void numbersLookAsGoPrintsThem(double value, String expected) {
    assertThat(Exposition.number(value)).isEqualTo(expected);
  }

  @Test
  void aGaugeKeepsItsTypeEvenIfItsNameSaysTotal() {
    Exposition out = new Exposition();
    out.gauge("etcd_server_proposals_committed_total", "The last one.", 62);
    assertThat(text(out))
        .isEqualTo(
            """
            # HELP etcd_server_proposals_committed_total The last one.
            # TYPE etcd_server_proposals_committed_total gauge
            etcd_server_proposals_committed_total 62
            """);
  }

  @Test
  void labelsAreQuotedAndEscaped() {
    Exposition out = new Exposition();
    out.family("x", Exposition.Type.COUNTER, "a\nb\\").sample(1, "a", "\"\\\n", "b", "ü");
    assertThat(text(out))
        .isEqualTo("# HELP x a\\nb\\\\\n# TYPE x counter\nx{a=\"\\\"\\\\\\n\",b=\"ü\"} 1\n");
  }

  @Test
  void theBucketsOfAHistogramAreCumulative() {
    Histogram histogram = new Histogram(TimeUnit.MILLISECONDS.toNanos(1), 2);
    histogram.record(TimeUnit.MICROSECONDS.toNanos(500));
    histogram.record(TimeUnit.MICROSECONDS.toNanos(1500));
    histogram.record(TimeUnit.MICROSECONDS.toNanos(8000));
    Exposition out = new Exposition();
    out.histogram("h_seconds", "How long.", histogram.snapshot());
    assertThat(text(out))
        .isEqualTo(
            """
            # HELP h_seconds How long.
            # TYPE h_seconds histogram
            h_seconds_bucket{le="0.001"} 1
            h_seconds_bucket{le="0.002"} 2
            h_seconds_bucket{le="+Inf"} 3
            h_seconds_sum 0.01
            h_seconds_count 3
            """);
  }
}
