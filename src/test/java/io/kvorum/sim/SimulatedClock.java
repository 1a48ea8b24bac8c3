package io.kvorum.sim;

import com.hazelcast.internal.util.Clock;
import io.kvorum.consensus.hazelcast.core.MonotonicClock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Hazelcast's clock in tests: real time, except on a thread that runs a simulation. Hazelcast makes
 * one per JVM, by the name in the system property {@code com.hazelcast.clock.impl}.
 */
public final class SimulatedClock extends MonotonicClock {
  private static final ThreadLocal<@Nullable LongSupplier> NANOS = new ThreadLocal<>();

  /** Shows Hazelcast this time, in nanoseconds, whenever this thread asks for it. */
  public static void follow(LongSupplier nanos) {
    NANOS.set(nanos);
    if (Clock.currentTimeMillis() != nanos.getAsLong() / 1_000_000) {
      throw new IllegalStateException(
          "run with -Dcom.hazelcast.clock.impl=" + SimulatedClock.class.getName());
    }
  }

  /** Shows real time on this thread again. */
  public static void unfollow() {
    NANOS.remove();
  }

  @Override
  protected long currentTimeMillis() {
    LongSupplier nanos = NANOS.get();
    return nanos == null ? super.currentTimeMillis() : nanos.getAsLong() / 1_000_000;
  }
}
