package io.kvorum.crash;

import io.kvorum.load.LoadGenerator;
import io.kvorum.testing.Await;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Measures how long a member needs to catch up with what was written while it was down: the main
 * class of {@code soak/left-behind}.
 */
@Command(
    name = "soak/left-behind",
    mixinStandardHelpOptions = true,
    description = "Measures how long it takes to bring back a member that missed many writes.")
final class LeftBehind implements Callable<Integer> {
  private static final int MEMBERS = 3;
  private static final int VALUE_BYTES = 16_384;
  private static final int VALUES_PER_MEBIBYTE = (1 << 20) / VALUE_BYTES;
  private static final Duration CAUGHT_UP_AT_MOST = Duration.ofMinutes(30);

  @Parameters(arity = "0..1", defaultValue = "1024", paramLabel = "MiB", description = "to write")
  private int mebibytes;

  @Option(
      names = "--jvm-args",
      defaultValue = "${env:JVM_ARGS:--Xmx512m}",
      description = "JVM_ARGS of the members (${DEFAULT-VALUE})")
  private String jvmArgs = "";

  @Option(names = "--data", required = true, hidden = true)
  private Path data = Path.of(".");

  /** Runs from the command line. */
  public static void main(String[] words) {
    System.exit(new CommandLine(new LeftBehind()).execute(words));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> flags = List.of("--quota-backend-bytes=" + (16L << 30));
    try (LocalCluster cluster = new LocalCluster(flags, Map.of("JVM_ARGS", jvmArgs))) {
      for (int i = 1; i <= MEMBERS; i++) {
        cluster.prepare("m" + i, data.toAbsolutePath().resolve("m" + i));
      }
      cluster.found();
      cluster.awaitServing();
      LocalMember away = cluster.member(MEMBERS - 1);
      away.stop();
      System.out.println(away + " is stopped; writing " + mebibytes + " MiB");
      if (write(cluster.without(away)) != 0) {
        return 1;
      }
      bringBack(cluster, away);
    }
    return 0;
  }

  private int write(List<LocalMember> members) {
    List<String> endpoints = members.stream().map(member -> member.client().toString()).toList();
    return LoadGenerator.run(
        "--scenario=fill",
        "--keys=" + mebibytes * VALUES_PER_MEBIBYTE,
        "--value-size=" + VALUE_BYTES,
        "--in-flight=32",
        "--connections=4",
        "--endpoint=" + String.join(",", endpoints));
  }

  private static void bringBack(LocalCluster cluster, LocalMember away) throws IOException {
    long began = System.nanoTime();
    ServerProcess process = cluster.restart(away);
    Await.answer(away + " answers", ServerProcess.PATIENCE, away::status);
    long answered = System.nanoTime();
    Await.until(
        away + " has applied what the others have",
        CAUGHT_UP_AT_MOST,
        () ->
            away.status().getRaftAppliedIndex()
                == cluster.member(0).status().getRaftAppliedIndex());
    long caughtUp = System.nanoTime();
    process.stderr().stream()
        .filter(line -> line.contains("snapshot"))
        .forEach(System.out::println);
    System.out.printf(
        "%s answered after %d ms, and had everything after %d ms%n",
        away, millis(answered - began), millis(caughtUp - began));
  }

  private static long millis(long nanos) {
    return Duration.ofNanos(nanos).toMillis();
  }
}
