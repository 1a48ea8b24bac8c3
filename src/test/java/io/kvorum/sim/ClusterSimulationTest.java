package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * {@code -Dkvorum.cluster.seed=N} runs one seed, {@code -Dkvorum.cluster.seeds=N} so many from
 * {@code -Dkvorum.cluster.first=N} or a new start.
 */
class ClusterSimulationTest {
  private static final int SEEDS = 300;
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
  void membersAgreeForEverWhateverBefallsThem() {
    Long only = Long.getLong("kvorum.cluster.seed");
    Long many = Long.getLong("kvorum.cluster.seeds");
    long start = Long.getLong("kvorum.cluster.first", System.nanoTime());
    long first = only != null ? only : many != null ? start : 1;
    long count = only != null ? 1 : many != null ? many : SEEDS;
    ClusterCounts counts = new ClusterCounts();
    for (long seed = first; seed < first + count; seed++) {
      try (ClusterSimulation simulation = new ClusterSimulation(seed)) {
        simulation.run();
        counts.addAll(simulation.counts());
      } catch (Throwable e) {
        throw new AssertionError("fails with -Dkvorum.cluster.seed=" + seed, e);
      }
    }
    System.out.println(count + " clusters: " + counts);
    if (only == null) {
      assertThat(counts.of("terms with a leader")).isGreaterThan(count * 2);
    }
  }
}
