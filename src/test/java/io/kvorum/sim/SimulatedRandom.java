package io.kvorum.sim;

import java.lang.reflect.Field;
import java.util.Random;

/** Seeds the one source of randomness of Hazelcast's Raft. */
public final class SimulatedRandom {
  private SimulatedRandom() {}

  /** From now on, in the whole JVM, election jitter follows from the seed. */
  public static void seedHazelcast(long seed) {
    try {
      Class<?> picker = Class.forName("com.hazelcast.internal.util.RandomPicker");
      Field generator = picker.getDeclaredField("randomNumberGenerator");
      generator.setAccessible(true);
      generator.set(null, new Random(seed));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Hazelcast draws its randomness from elsewhere now", e);
    }
  }
}
