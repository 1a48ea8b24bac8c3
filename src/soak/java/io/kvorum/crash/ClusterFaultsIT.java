package io.kvorum.crash;

import static org.junit.jupiter.api.Assumptions.abort;

import io.kvorum.crash.FaultySetting.Scope;
import io.kvorum.testing.ServerUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three members through the real launcher, clients that read, write and watch at them, and faults.
 * {@code -Dkvorum.faults.seed} repeats the choice of faults, moments and writes, though not the
 * interleaving of threads. {@code soak/faults} is the long run of it.
 */
final class ClusterFaultsIT {

  private static final int LEAST_FAULTS = 3;
  private static final Duration LENGTH =
      Duration.ofSeconds(Long.getLong("kvorum.faults.seconds", 30));

  private final long seed = Long.getLong("kvorum.faults.seed", System.nanoTime());

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void membersThatEndAndStopCostClientsNothingButTime() throws Exception {
    run(Scope.PROCESSES);
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void membersThatDoNotHearEachOtherCostClientsNothingButTime() throws Exception {
    run(Scope.NETWORK);
  }

  private void run(Scope scope) throws Exception {
    Path directory = ServerUnderTest.freshDirectory("cluster");
    try (FaultySetting setting = new FaultySetting(directory, scope, new SplittableRandom(seed))) {
      setting.run(LEAST_FAULTS, LENGTH);
    } catch (Namespaces.CannotMake e) {
      abort(e.getMessage());
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          "repeat with -Dkvorum.faults.seed="
              + seed
              + "; the output of the members is in "
              + directory,
          e);
    }
  }
}
