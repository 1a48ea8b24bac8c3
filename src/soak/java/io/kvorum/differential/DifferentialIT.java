package io.kvorum.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvorum.testing.ServerKind;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Some sequences of what {@code soak/differential} runs for long, beside the etcd on the PATH, or
 * the one that {@code -Dkvorum.etcd} names.
 */
@Timeout(600)
final class DifferentialIT {
  /** From here on there are calls of each kind that succeed, and watches that see events. */
  private static final long FIRST = 816;

  private static final long SEED = Long.getLong("kvorum.seed", FIRST);
  private static final int SEQUENCES = Integer.getInteger("kvorum.differential.sequences", 15);

  /** As many are enough for that. */
  private static final int ENOUGH = 15;

  @TempDir private Path directory;

  @Test
  void kvorumAnswersAsEtcdDoes() throws Exception {
    assumeTrue(ServerKind.ETCD.executable().isPresent(), ServerKind.ETCD.howToGet());
    try (DifferentialRun run = new DifferentialRun(directory)) {
      for (int i = 0; i < SEQUENCES; i++) {
        run.check(SEED + i);
      }
      if (SEED == FIRST && SEQUENCES >= ENOUGH) {
        assertThat(run.comparison().taken())
            .as("what succeeded: servers that refuse everything are equal, too")
            .containsKeys("RANGE", "PUT", "DELETE", "TXN", "LEASE_GRANT", "LEASE_TTL")
            .containsKey(Comparison.WATCH_EVENTS);
      }
    }
  }
}
