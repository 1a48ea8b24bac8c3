package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * {@code -Dkvorum.sim.seed=N} runs one seed, {@code -Dkvorum.sim.seeds=N} so many from a new start.
 */
class SingleMemberSimulationTest {
  private static final int STEPS = 400;
  private static final Logger LOG = Logger.getLogger("io.kvorum.consensus.hazelcast");

  @BeforeAll
  static void expectFailures() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void expectNoMoreFailures() {
    LOG.setLevel(null);
  }

  @Test
  void nothingAcknowledgedIsLostAndNothingHappensTwiceWhereverTheProcessEnds() {
    Long only = Long.getLong("kvorum.sim.seed");
    Long many = Long.getLong("kvorum.sim.seeds");
    long first = only != null ? only : many != null ? System.nanoTime() : 1;
    long count = only != null ? 1 : many != null ? many : 300;
    long starts = 0;
    long acknowledged = 0;
    long cut = 0;
    for (long seed = first; seed < first + count; seed++) {
      try {
        SingleMemberSimulation simulation = new SingleMemberSimulation(seed);
        simulation.run(STEPS);
        starts += simulation.starts();
        acknowledged += simulation.acknowledged();
        cut += simulation.entriesCut();
      } catch (Throwable e) {
        throw new AssertionError("fails with -Dkvorum.sim.seed=" + seed, e);
      }
    }
    if (only == null) {
      assertThat(starts).as("starts").isGreaterThan(count * 3);
      assertThat(acknowledged).as("acknowledged commands").isGreaterThan(count * 100);
      assertThat(cut).as("entries that were cut off the log").isGreaterThan(count);
    }
  }
}
