package io.kvorum.crash;

import io.kvorum.testing.ServerUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three members through the real launcher, clients that read, write and watch at them, and faults.
 * {@code -Dkvorum.faults.seed} repeats the choice of faults, moments and writes, though not the
 * interleaving of threads; {@code -Dkvorum.faults.seconds} makes it long.
 */
final class ClusterFaultsIT {

  private static final int LEAST_FAULTS = 3;

  private final long seed = Long.getLong("kvorum.faults.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);
  private final Duration length = Duration.ofSeconds(Long.getLong("kvorum.faults.seconds", 40));

  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void killedAndStoppedMembersCostClientsNothingButTime() throws Exception {
    Path directory = ServerUnderTest.freshDirectory("cluster");
    List<Place> places = new ArrayList<>();
    List<Path> data = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      places.add(Place.onLoopback(random));
      data.add(Files.createDirectories(directory).resolve("m" + i));
    }
    try (Cluster cluster = new Cluster(places, data, Map.of())) {
      cluster.start();
      Faults faults = new Faults(cluster, Optional.empty(), random.split());
      new FaultRun(cluster, faults, random.split()).run(LEAST_FAULTS, length);
    } catch (AssertionError | Exception e) {
      throw new AssertionError("repeat with -Dkvorum.faults.seed=" + seed, e);
    }
  }
}
