package io.kvorum.consensus.hazelcast.core;

import com.hazelcast.internal.util.Clock;
import com.hazelcast.internal.util.ClockProperties;

/**
 * Gives Hazelcast a clock that never jumps: a jump of the wall clock would look like lost
 * heartbeats. Hazelcast instantiates it by name, once per JVM; thread-safe.
 *
 * <p>Held by: MonotonicClockTest.
 */
public class MonotonicClock extends Clock.ClockImpl {
  private final long startNanos = System.nanoTime();
  private final long startMillis = System.currentTimeMillis();

  /**
   * Makes Hazelcast use this clock, unless the system property names another. Must run before any
   * class of Hazelcast asks for the time.
   */
  public static void install() {
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
