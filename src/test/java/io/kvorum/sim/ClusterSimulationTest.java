package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
  private static final int SEEDS = 200;
  private static final int TELL_EVERY = 1_000;
  private static final List<Logger> LOGS =
      List.of(
          Logger.getLogger("io.kvorum.consensus.hazelcast"),
          Logger.getLogger("io.kvorum.mvcc"),
          Logger.getLogger("io.kvorum.service"));

  @BeforeAll
  static void expectFailures() {
    LOGS.forEach(log -> log.setLevel(Level.OFF));
  }

  @AfterAll
  static void expectNoMoreFailures() {
    LOGS.forEach(log -> log.setLevel(null));
  }

  @Test
  void membersAgreeWhateverFaultsHappen() {
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
      if ((seed - first + 1) % TELL_EVERY == 0) {
        System.out.println(seed - first + 1 + " clusters, the last with seed " + seed);
      }
    }
    System.out.println(count + " clusters: " + counts);
    if (only == null && count >= 100) {
      checkThatRareThingsHappen(counts, count);
    }
  }

  private static void checkThatRareThingsHappen(ClusterCounts counts, long clusters) {
    assertThat(counts.of("terms with a leader")).as("elections").isGreaterThan(3 * clusters);
    assertThat(counts.of("acknowledged")).as("writes").isGreaterThan(100 * clusters);
    assertThat(counts.of("reads")).as("reads").isGreaterThan(50 * clusters);
    assertThat(counts.of("group changes")).as("group changes").isGreaterThan(3 * clusters);
    for (String rare :
        new String[] {
          "joins",
          "pulls",
          "installs",
          "transfers that succeeded",
          "members that learned from others to leave",
          "members lost for good",
          "survivors that had been removed",
          "survivors that had only learned",
          "locks granted after a wait",
          "calls for locks given up",
          "answered LEADER_CHANGED",
          "answered TIMEOUT",
          "answered TIMEOUT_LEADER_FAILED",
          "answered TOO_MANY_REQUESTS"
        }) {
      assertThat(counts.of(rare)).as(rare).isPositive();
    }
    if (clusters >= 1_000) {
      // One in forty clusters or so: a few hundred may well do without.
      assertThat(counts.of("pulls given up for another")).isPositive();
    }
  }
}
