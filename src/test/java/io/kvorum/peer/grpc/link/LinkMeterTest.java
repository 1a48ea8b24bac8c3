package io.kvorum.peer.grpc.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LinkMeterTest {
  private final AtomicLong nanoClock = new AtomicLong(Long.MAX_VALUE - 5);
  private final LinkMeter meter = new LinkMeter(nanoClock::get);

  @Test
  void aWayLastsFromTheLastTimeItWasOpened() {
    assertThat(meter.isConnectedFor(Duration.ZERO)).isFalse();
    meter.connected();
    assertThat(meter.isConnectedFor(Duration.ZERO)).isTrue();
    nanoClock.addAndGet(9);
    assertThat(meter.isConnectedFor(Duration.ofNanos(10))).isFalse();
    nanoClock.addAndGet(1);
    assertThat(meter.isConnectedFor(Duration.ofNanos(10))).isTrue();
    meter.disconnected();
    assertThat(meter.isConnectedFor(Duration.ZERO)).isFalse();
    meter.connected();
    assertThat(meter.isConnectedFor(Duration.ofNanos(1))).isFalse();
  }
}
