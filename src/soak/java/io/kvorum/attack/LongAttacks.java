package io.kvorum.attack;

import io.kvorum.soak.TimedRun;
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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Attacks a server for a given time: the main class of {@code soak/attacks}. */
@Command(
    name = "soak/attacks",
    mixinStandardHelpOptions = true,
    description = "Attacks one server beside clients that behave, and checks that it bears it.")
final class LongAttacks implements Runnable {

  @Mixin private final TimedRun timed = new TimedRun();

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

  public static void main(String[] words) {
    System.exit(
        new CommandLine(new LongAttacks())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(words));
  }

  @Override
  public void run() {
    timed.run(this::attack);
  }

  private void attack(Path data, long seed, Duration time) throws Exception {
    AttackRun.Size size =
        new AttackRun.Size(
            storeMegabytes * 1_000_000, 100_000, connections, Duration.ofSeconds(10));
    SecuredPort secured = SecuredPort.in(data.resolve("tls"));
    List<String> flags = new ArrayList<>(secured.flags());
    flags.add("--quota-backend-bytes=8000000000");
    try (ServerProcess server =
        ServerProcess.launch(
            kind,
            data.resolve("member"),
            Ports.freeUrl(),
            Ports.freeUrl(),
            flags,
            Map.of("JVM_ARGS", jvmArgs))) {
      server.awaitReady();
      try (AttackRun run = new AttackRun(server, secured, size, attacks, seed)) {
        if (countsFailures) {
          run.compare(time);
        } else {
          run.run(time);
        }
      }
    }
  }
}
