package io.kvorum.attack;

import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Attacks a server for a given time: the main class of {@code soak/attacks}. */
@Command(
    name = "soak/attacks",
    mixinStandardHelpOptions = true,
    description = "Attacks one server beside clients that behave, and checks that it bears it.")
final class LongAttacks implements Runnable {

  @Option(names = "--minutes", defaultValue = "10", description = "how long (${DEFAULT-VALUE})")
  private double minutes;

  @Option(names = "--seed", description = "repeats the choice of attacks of a run")
  private long seed = System.nanoTime();

  @Option(
      names = "--server",
      defaultValue = "KVORUM",
      description = "KVORUM, or ETCD for comparison (${DEFAULT-VALUE})")
  private ServerKind kind;

  @Option(
      names = "--store-mb",
      defaultValue = "2000",
      description = "values in the store (${DEFAULT-VALUE})")
  private long storeMegabytes;

  @Option(
      names = "--connections",
      defaultValue = "400",
      description = "of one attack; three run at once (${DEFAULT-VALUE})")
  private int connections;

  @Option(
      names = "--jvm-args",
      defaultValue = "-Xmx256m",
      description = "JVM_ARGS of Kvorum (${DEFAULT-VALUE})")
  private String jvmArgs;

  @Option(
      names = "--count-failures",
      description = "count what clients that behave see, instead of ending with the first failure")
  private boolean countsFailures;

  @Option(
      names = "--attacks",
      split = ",",
      description = "${COMPLETION-CANDIDATES}; all if it is not given")
  private List<Attack> attacks = List.of(Attack.values());

  @Option(names = "--data", required = true, hidden = true)
  private Path data;

  public static void main(String[] words) {
    System.exit(
        new CommandLine(new LongAttacks())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(words));
  }

  @Override
  public void run() {
    System.out.println("seed " + seed);
    AttackRun.Size size =
        new AttackRun.Size(
            storeMegabytes * 1_000_000, 100_000, connections, Duration.ofSeconds(10));
    try {
      attack(size, SecuredPort.in(data.toAbsolutePath().resolve("tls")));
    } catch (Exception e) {
      throw new IllegalStateException("seed " + seed, e);
    }
  }

  private void attack(AttackRun.Size size, SecuredPort secured) throws Exception {
    List<String> flags = new ArrayList<>(secured.flags());
    flags.add("--quota-backend-bytes=8000000000");
    try (ServerProcess server =
        ServerProcess.launch(
            kind,
            data.toAbsolutePath().resolve("member"),
            Ports.freeUrl(),
            Ports.freeUrl(),
            flags,
            Map.of("JVM_ARGS", jvmArgs))) {
      server.awaitReady();
      try (AttackRun run = new AttackRun(server, secured, size, attacks, seed)) {
        Duration time = Duration.ofMillis((long) (minutes * 60_000));
        if (countsFailures) {
          run.compare(time);
        } else {
          run.run(time);
        }
      }
    }
  }
}
