package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * {@code -Dkvorum.core.seed=N} runs one seed, {@code -Dkvorum.core.seeds=N} so many from a new
 * start.
 */
class CoreSimulationTest {
  private static final int STEPS = 150;
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
  void theCoreOfAMemberDoesWhatTheModelSaysWhereverTheProcessEnds() {
    Long only = Long.getLong("kvorum.core.seed");
    Long many = Long.getLong("kvorum.core.seeds");
    long first = only != null ? only : many != null ? System.nanoTime() : 1;
    long count = only != null ? 1 : many != null ? many : 300;
    long starts = 0;
    long replayed = 0;
    long acknowledged = 0;
    long revisions = 0;
    long compacted = 0;
    long cut = 0;
    long expired = 0;
    long changesOfAuth = 0;
    long underAuth = 0;
    long allowed = 0;
    long denied = 0;
    for (long seed = first; seed < first + count; seed++) {
      try {
        CoreSimulation simulation = new CoreSimulation(seed);
        simulation.run(STEPS);
        starts += simulation.starts();
        replayed += simulation.replayed();
        acknowledged += simulation.acknowledged();
        revisions += simulation.model().revision();
        compacted += Math.max(0, simulation.model().compactedRevision());
        cut += simulation.entriesCut();
        expired += simulation.expired();
        changesOfAuth += simulation.model().auth().revision() - 1;
        allowed += simulation.model().auth().allowed();
        denied += simulation.model().auth().denied();
        underAuth += simulation.model().auth().isEnabled() ? 1 : 0;
      } catch (Throwable e) {
        throw new AssertionError(
            "fails with mvn test -Dtest=CoreSimulationTest -Dkvorum.core.seed=" + seed, e);
      }
    }
    if (only == null) {
      assertThat(starts).as("starts").isGreaterThan(count * 3);
      assertThat(replayed).as("entries that were replayed").isGreaterThan(count * 3);
      assertThat(acknowledged).as("acknowledged commands").isGreaterThan(count * 50);
      assertThat(revisions).as("revisions").isGreaterThan(count * 30);
      assertThat(compacted).as("revisions that were compacted").isGreaterThan(count * 5);
      assertThat(expired).as("leases that ran out").isGreaterThan(count / 20);
      assertThat(changesOfAuth).as("changes of users and roles").isGreaterThan(count * 3);
      assertThat(allowed).as("rights that decided").isGreaterThan(count / 2);
      assertThat(denied).as("rights that did not reach").isGreaterThan(count / 2);
      assertThat(underAuth).as("lives that end with auth on").isBetween(count / 4, count);
      assertThat(cut).as("entries that were cut off the log").isGreaterThan(count);
    }
  }
}
