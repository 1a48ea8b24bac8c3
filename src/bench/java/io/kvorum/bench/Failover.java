package io.kvorum.bench;

import io.kvorum.testing.Await;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.Refusals;
import io.kvorum.testing.SteadyWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures how long writes pause when the leader ends: the main class of {@code bench/failover}.
 * Three members with the default timeouts; a client at each survivor puts all the time, one put in
 * flight each. The pause of a round is the longest time between two answers around the fault, to
 * whichever client; that of a client is the same for its answers alone.
 */
@Command(
    name = "bench/failover",
    mixinStandardHelpOptions = true,
    description =
        "Measures for how long writes pause when the leader is killed, frozen or stopped.")
final class Failover implements Callable<Integer> {

  /** What happens to the leader. */
  private enum Ending {
    /** kill -9. */
    KILL,
    /** SIGSTOP; SIGCONT once the others have gone on. */
    FREEZE,
    /** SIGTERM: it hands over. */
    STOP
  }

  private static final int MEMBERS = 3;
  private static final int ANSWERS_BEFORE = 50;
  private static final int ANSWERS_AFTER = 50;
  private static final SteadyWriter.Pace PACE =
      new SteadyWriter.Pace(Duration.ofMillis(2), Duration.ofSeconds(30));
  private static final Duration AT_MOST = Duration.ofSeconds(120);

  @Option(names = "--rounds", defaultValue = "20", description = "of each (${DEFAULT-VALUE})")
  private int rounds;

  @Option(names = "--fault", split = ",", description = "${COMPLETION-CANDIDATES}; all by default")
  private List<Ending> endings = List.of(Ending.values());

  @Option(names = "--jvm-args", defaultValue = "-Xmx512m", description = "JVM_ARGS of the members")
  private String jvmArgs = "";

  @Option(names = "--log-level", defaultValue = "info", description = "of the members")
  private String logLevel = "";

  @Option(names = "--data", required = true, hidden = true)
  private Path data = Path.of(".");

  private final Refusals refusals = new Refusals();

  /** Runs from the command line. */
  public static void main(String[] words) {
    System.exit(
        new CommandLine(new Failover()).setCaseInsensitiveEnumValuesAllowed(true).execute(words));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, String> environment = Map.of("JVM_ARGS", jvmArgs, "ETCD_LOG_LEVEL", logLevel);
    try (LocalCluster cluster = new LocalCluster(List.of(), environment)) {
      for (int i = 1; i <= MEMBERS; i++) {
        cluster.prepare("m" + i, data.toAbsolutePath().resolve("m" + i));
      }
      cluster.found();
      cluster.awaitServing();
      for (Ending ending : endings) {
        measure(cluster, ending);
      }
    }
    return 0;
  }

  private void measure(LocalCluster cluster, Ending ending)
      throws IOException, InterruptedException {
    List<Long> pauses = new ArrayList<>();
    List<Long> pausesOfClients = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      LocalMember leader = cluster.awaitLeader();
      List<SteadyWriter> writers = new ArrayList<>();
      for (LocalMember survivor : cluster.without(leader)) {
        String name = name(ending) + round + survivor;
        writers.add(new SteadyWriter(name, List.of(survivor.client()), PACE, refusals));
      }
      awaitAnswers(writers, System.nanoTime(), ANSWERS_BEFORE);
      long begin = System.nanoTime();
      happen(leader, ending);
      awaitAnswers(writers, begin, ANSWERS_AFTER);
      for (SteadyWriter writer : writers) {
        writer.close();
      }
      List<Long> together = new ArrayList<>();
      List<Long> each = new ArrayList<>();
      for (SteadyWriter writer : writers) {
        together.addAll(writer.answers());
        each.add(longestPause(writer.answers(), begin));
      }
      pauses.add(longestPause(together, begin));
      pausesOfClients.addAll(each);
      System.out.printf(
          "%s %d: %s, no write for %d ms, clients waited %s ms%n",
          name(ending), round, leader, pauses.get(pauses.size() - 1), each);
      undo(cluster, leader, ending);
      cluster.awaitServing();
    }
    System.out.printf(
        "%s of the leader, %d rounds: no write for %s; a client waited %s%n%s",
        name(ending), rounds, summary(pauses), summary(pausesOfClients), refusals);
  }

  private static void happen(LocalMember leader, Ending ending) throws InterruptedException {
    switch (ending) {
      case KILL -> leader.kill();
      case FREEZE -> leader.pause();
      case STOP -> leader.stop();
    }
  }

  private static void undo(LocalCluster cluster, LocalMember leader, Ending ending)
      throws IOException, InterruptedException {
    switch (ending) {
      case KILL, STOP -> cluster.restart(leader);
      case FREEZE -> leader.resume();
    }
  }

  /** Each must have got so many answers since then. */
  private static void awaitAnswers(List<SteadyWriter> writers, long since, int count) {
    Await.until(
        count + " writes of each client",
        AT_MOST,
        () -> writers.stream().allMatch(writer -> writer.answeredSince(since) >= count));
  }

  /** In milliseconds, from the last answer before the fault on. */
  private static long longestPause(List<Long> answers, long begin) {
    List<Long> ordered = new ArrayList<>(answers);
    ordered.sort(Long::compare);
    long longest = 0;
    for (int i = 1; i < ordered.size(); i++) {
      if (ordered.get(i) - begin > 0) {
        longest = Math.max(longest, ordered.get(i) - ordered.get(i - 1));
      }
    }
    return Duration.ofNanos(longest).toMillis();
  }

  private static String summary(List<Long> millis) {
    List<Long> ordered = new ArrayList<>(millis);
    Collections.sort(ordered);
    int middle = ordered.size() / 2;
    long median =
        ordered.size() % 2 == 1
            ? ordered.get(middle)
            : (ordered.get(middle - 1) + ordered.get(middle)) / 2;
    return String.format(
        "%d ms in the median, %d ms at worst", median, ordered.get(ordered.size() - 1));
  }

  private static String name(Ending ending) {
    return ending.name().toLowerCase(Locale.ROOT);
  }
}
