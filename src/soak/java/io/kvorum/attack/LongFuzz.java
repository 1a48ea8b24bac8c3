package io.kvorum.attack;

import io.kvorum.soak.TimedRun;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Sends bad input for a given time: the main class of {@code soak/fuzz}. */
@Command(
    name = "soak/fuzz",
    mixinStandardHelpOptions = true,
    description =
        "Sends bytes that are nearly right to one server beside clients that behave, and checks that"
            + " it survives.")
final class LongFuzz implements Runnable {

  @Mixin private final TimedRun timed = new TimedRun();

  @Option(
      names = "--jvm-args",
      defaultValue = "-Xmx256m",
      description = "JVM_ARGS of Kvorum (${DEFAULT-VALUE})")
  private String jvmArgs;

  public static void main(String[] words) {
    System.exit(new CommandLine(new LongFuzz()).execute(words));
  }

  @Override
  public void run() {
    timed.run(
        (data, seed, time) -> {
          try (ServerProcess member =
                  ServerProcess.start(
                      ServerKind.KVORUM,
                      data.resolve("member"),
                      Ports.freeUrl(),
                      Ports.freeUrl(),
                      List.of("--bcrypt-cost=4"),
                      Map.of("JVM_ARGS", jvmArgs));
              FuzzRun run = new FuzzRun(member, seed)) {
            run.run(time);
          }
        });
  }
}
