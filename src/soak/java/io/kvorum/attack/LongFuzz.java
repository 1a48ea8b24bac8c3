package io.kvorum.attack;

import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Sends bad input for a given time: the main class of {@code soak/fuzz}. */
@Command(
    name = "soak/fuzz",
    mixinStandardHelpOptions = true,
    description =
        "Sends bytes that are nearly right to one server beside clients that behave, and checks that"
            + " it survives.")
final class LongFuzz implements Runnable {

  @Option(names = "--minutes", defaultValue = "10", description = "how long (${DEFAULT-VALUE})")
  private double minutes;

  @Option(names = "--seed", description = "repeats what is sent in a run")
  private long seed = System.nanoTime();

  @Option(
      names = "--jvm-args",
      defaultValue = "-Xmx256m",
      description = "JVM_ARGS of Kvorum (${DEFAULT-VALUE})")
  private String jvmArgs;

  @Option(names = "--data", required = true, hidden = true)
  private Path data;

  public static void main(String[] words) {
    System.exit(new CommandLine(new LongFuzz()).execute(words));
  }

  @Override
  public void run() {
    System.out.println("seed " + seed);
    try (ServerProcess member =
            ServerProcess.start(
                ServerKind.KVORUM,
                data.toAbsolutePath().resolve("member"),
                Ports.freeUrl(),
                Ports.freeUrl(),
                List.of("--bcrypt-cost=4"),
                Map.of("JVM_ARGS", jvmArgs));
        FuzzRun run = new FuzzRun(member, seed)) {
      run.run(Duration.ofMillis((long) (minutes * 60_000)));
    } catch (Exception e) {
      throw new IllegalStateException("seed " + seed, e);
    }
  }
}
