package io.kvorum.attack;

import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Some seconds of what {@code soak/fuzz} does for long. */
@Timeout(600)
final class BadInputIT {
  @TempDir private Path directory;

  @Test
  void badInputCostsItsSenderAlone() throws Exception {
    long seed = Long.getLong("kvorum.seed", 20_261_130);
    System.out.println("seed " + seed);
    try (ServerProcess member =
            ServerProcess.start(
                ServerKind.KVORUM,
                directory.resolve("m"),
                Ports.freeUrl(),
                Ports.freeUrl(),
                List.of("--bcrypt-cost=4"),
                Map.of("JVM_ARGS", "-Xmx256m"));
        FuzzRun run = new FuzzRun(member, seed)) {
      run.run(Duration.ofSeconds(12));
    }
  }
}
