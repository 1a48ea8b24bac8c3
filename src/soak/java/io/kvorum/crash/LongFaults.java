package io.kvorum.crash;

import io.kvorum.crash.FaultySetting.Scope;
import io.kvorum.soak.TimedRun;
import java.util.SplittableRandom;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Injects faults for a given time: the main class of {@code soak/faults}. */
@Command(
    name = "soak/faults",
    mixinStandardHelpOptions = true,
    description = "Injects faults into three members under load, and checks every answer.")
final class LongFaults implements Runnable {

  @Mixin private final TimedRun timed = new TimedRun();

  @Option(
      names = "--faults",
      defaultValue = "EVERYTHING",
      description = "${COMPLETION-CANDIDATES}; all but PROCESSES need root (${DEFAULT-VALUE})")
  private Scope scope;

  public static void main(String[] words) {
    System.exit(
        new CommandLine(new LongFaults()).setCaseInsensitiveEnumValuesAllowed(true).execute(words));
  }

  @Override
  public void run() {
    timed.run(
        (data, seed, time) -> {
          try (FaultySetting setting = new FaultySetting(data, scope, new SplittableRandom(seed))) {
            setting.run(1, time);
          }
        });
  }
}
