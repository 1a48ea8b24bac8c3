package io.kvorum.differential;

import io.kvorum.soak.TimedRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares Kvorum with an etcd for a given time: the main class of {@code soak/differential}. */
@Command(
    name = "soak/differential",
    mixinStandardHelpOptions = true,
    description =
        "Makes the same random calls to Kvorum and to an etcd, and compares every answer and event."
            + " The shortest sequence that shows a difference is printed.")
final class LongDifferential implements Runnable {
  /** Sequences in which even the rarest rule is needed; they take some hours. */
  private static final int MANY = 2_000;

  @Mixin private final TimedRun timed = new TimedRun();

  @Option(
      names = "--etcd",
      description = "the program to compare with (etcd on the PATH); etcd 3.4 and 3.7 are known")
  private String etcd = "";

  @Option(
      names = "--survey",
      description = "print the first difference of each kind, instead of ending with the first one")
  private boolean isSurvey;

  public static void main(String[] words) {
    System.exit(new CommandLine(new LongDifferential()).execute(words));
  }

  @Override
  public void run() {
    if (!etcd.isEmpty()) {
      System.setProperty("kvorum.etcd", etcd);
    }
    timed.run(this::compare);
  }

  private void compare(Path data, long seed, Duration time) throws Exception {
    try (DifferentialRun run = new DifferentialRun(data)) {
      int count = isSurvey ? run.survey(seed, time) : run.run(seed, time);
      System.out.println(count + (isSurvey ? " sequences" : " sequences are equal"));
      run.comparison().taken().forEach((kind, times) -> System.out.println(times + " " + kind));
      checkRules(run.comparison().uses(), count);
    }
  }

  /** Rules that are out of date would hide faults. */
  private static void checkRules(Map<Rule, Integer> uses, int count) {
    List<Rule> unused = new ArrayList<>();
    uses.forEach(
        (rule, times) -> {
          System.out.println(times + " times " + rule + ": " + rule.reason());
          if (times == 0) {
            unused.add(rule);
          }
        });
    if (unused.isEmpty()) {
      return;
    }
    String warning = "never needed in " + count + " sequences: " + unused;
    if (count >= MANY) {
      throw new IllegalStateException(warning);
    }
    System.out.println("warning: " + warning + " (" + MANY + " would tell)");
  }
}
