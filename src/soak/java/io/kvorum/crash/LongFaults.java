package io.kvorum.crash;

import io.kvorum.crash.FaultySetting.Scope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Injects faults for a given time: the main class of {@code soak/faults}. */
@Command(
    name = "soak/faults",
    mixinStandardHelpOptions = true,
    description = "Injects faults into three members under load, and checks every answer.")
final class LongFaults implements Runnable {

  @Option(names = "--minutes", defaultValue = "10", description = "how long (${DEFAULT-VALUE})")
  private double minutes;

  @Option(names = "--seed", description = "repeats the choice of faults and moments of a run")
  private long seed = System.nanoTime();

  @Option(
      names = "--faults",
      defaultValue = "EVERYTHING",
      description = "${COMPLETION-CANDIDATES}; all but PROCESSES need root (${DEFAULT-VALUE})")
  private Scope scope;

  @Option(names = "--data", required = true, hidden = true)
  private Path data;

  public static void main(String[] words) {
    System.exit(
        new CommandLine(new LongFaults()).setCaseInsensitiveEnumValuesAllowed(true).execute(words));
  }

  @Override
  public void run() {
    System.out.println("seed " + seed);
    try (FaultySetting setting =
        new FaultySetting(data.toAbsolutePath(), scope, new SplittableRandom(seed))) {
      setting.run(1, Duration.ofMillis((long) (minutes * 60_000)));
    } catch (Exception e) {
      throw new IllegalStateException("seed " + seed, e);
    }
  }
}
