package io.kvorum.consensus.hazelcast.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.hazelcast.internal.util.Clock;
import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

class MonotonicClockTest {
  @Test
  void hazelcastReadsAClockThatDoesNotJump() throws ReflectiveOperationException {
    MonotonicClock.install();
    Field clock = Clock.class.getDeclaredField("CLOCK");
    clock.setAccessible(true);
    assertThat(clock.get(null)).isInstanceOf(MonotonicClock.class);
    assertThat(Clock.currentTimeMillis()).isCloseTo(System.currentTimeMillis(), within(60_000L));
  }
}
