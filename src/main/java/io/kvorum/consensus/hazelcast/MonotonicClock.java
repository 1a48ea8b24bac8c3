package io.kvorum.consensus.hazelcast;

import com.hazelcast.internal.util.Clock;
import com.hazelcast.internal.util.ClockProperties;

/**
 * The engine's clock: never jumps, while the wall clock does, and a jump looks like lost
 * heartbeats. The engine instantiates it by name, once per JVM.
 */
public class MonotonicClock extends Clock.ClockImpl {
  private final long startNanos = System.nanoTime();
  private final long startMillis = System.currentTimeMillis();

  /**
   * Has the engine use this clock, unless one was chosen by the system property before. Must run
   * before any class of the engine asks for the time.
   */
  static void install() {
    String property = ClockProperties.HAZELCAST_CLOCK_IMPL;
    if (System.getProperty(property) == null) {
      System.setProperty(property, MonotonicClock.class.getName());
      long unused = Clock.currentTimeMillis();
      System.clearProperty(property);
    }
  }

  @Override
  protected long currentTimeMillis() {
    return startMillis + (System.nanoTime() - startNanos) / 1_000_000;
  }
}
