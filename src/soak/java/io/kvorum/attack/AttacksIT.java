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

/** Some seconds of what {@code soak/attacks} does for long. */
@Timeout(600)
final class AttacksIT {
  private static final AttackRun.Size SMALL =
      new AttackRun.Size(150_000_000, 100_000, 100, Duration.ofSeconds(3));

  @TempDir private Path directory;

  @Test
  void aMemberBearsWhatBadClientsDo() throws Exception {
    long seed = Long.getLong("kvorum.seed", System.nanoTime());
    System.out.println("seed " + seed);
    SecuredPort secured = SecuredPort.in(directory.resolve("tls"));
    try (ServerProcess member =
        ServerProcess.launch(
            ServerKind.KVORUM,
            directory.resolve("m"),
            Ports.freeUrl(),
            Ports.freeUrl(),
            secured.flags(),
            Map.of("JVM_ARGS", "-Xmx256m"))) {
      member.awaitReady();
      try (AttackRun attacks =
          new AttackRun(member, secured, SMALL, List.of(Attack.values()), seed)) {
        attacks.run(Duration.ofSeconds(12));
      }
    }
  }
}
