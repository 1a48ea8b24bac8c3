package io.kvorum.load;

import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs Kvorum and a stock etcd on this machine and loads them in turn, so that both meet the same
 * conditions: same disk, same client, the other one idle. Prints and writes medians and ratios.
 */
@Command(
    name = "bench/run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Loads Kvorum and a stock etcd in turn and compares them.")
public final class Benchmark implements Callable<Integer> {

  @Option(names = "--data", required = true, description = "empty directory for data and logs")
  private Path data = Path.of(".");

  @Option(
      names = "--scenarios",
      split = ",",
      description = "names of cases, or name* (all): put-128x8, get-*, json-*, stuck, watch-1000")
  private List<String> scenarios = new ArrayList<>();

  @Option(names = "--only", description = "one server: ${COMPLETION-CANDIDATES}")
  private @Nullable ServerKind only;

  @Option(names = "--rounds", defaultValue = "3", description = "runs of each case and server")
  private int rounds;

  @Option(names = "--seconds", defaultValue = "8", description = "counted per run")
  private double seconds;

  @Option(names = "--warmup", defaultValue = "2", description = "seconds before each run counts")
  private double warmup;

  @Option(
      names = "--server-warmup",
      defaultValue = "25",
      description = "seconds of load per server and kind of work before the first run of the kind")
  private double serverWarmup;

  @Option(names = "--members", defaultValue = "1", description = "members of each server")
  private int members;

  @Option(names = "--keys", defaultValue = "10000", description = "keys in each server")
  private int keys;

  @Option(
      names = "--tls",
      description = "https: the server shows a certificate, or both do: ${COMPLETION-CANDIDATES}")
  private BenchmarkKeys.@Nullable Side tls;

  @Option(names = "--kvorum-jvm-args", description = "JVM_ARGS of Kvorum")
  private @Nullable String jvmArgs;

  @Option(names = "--limit-minutes", defaultValue = "60", description = "begin no case after this")
  private double limitMinutes;

  @Option(names = "--markdown", description = "write the report to this file")
  private @Nullable Path markdown;

  @Option(names = "--csv", description = "append each single run to this file")
  private @Nullable Path csv;

  private List<String> arguments = List.of();

  /** Runs from the command line; exit status 1 if a run had errors. */
  public static void main(String[] args) {
    Benchmark benchmark = new Benchmark();
    benchmark.arguments = List.of(args);
    System.exit(
        new CommandLine(benchmark)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(LoadGenerator::complain)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<List<BenchmarkCase>> blocks = BenchmarkCase.blocks(scenarios);
    if (blocks.isEmpty()) {
      throw new IllegalArgumentException(
          "no such scenario; there are "
              + BenchmarkCase.all().stream().map(BenchmarkCase::name).toList());
    }
    List<Contender> contenders = new ArrayList<>();
    BenchmarkKeys secured = tls == null ? null : BenchmarkKeys.make(data, tls);
    try (Network network = new Network(1, secured == null ? null : secured.ofClient(), null)) {
      try {
        for (ServerKind kind : kinds()) {
          contenders.add(start(kind, network, secured));
        }
        List<List<BenchmarkCase>> done = runAll(blocks, contenders);
        report(done, contenders);
      } finally {
        for (Contender contender : contenders) {
          contender.close();
        }
      }
    }
    return contenders.stream().allMatch(contender -> contender.failures().isEmpty()) ? 0 : 1;
  }

  /** etcd first, so that it has the machine's cold caches, if any. */
  private List<ServerKind> kinds() {
    List<ServerKind> kinds = new ArrayList<>();
    for (ServerKind kind : List.of(ServerKind.ETCD, ServerKind.KVORUM)) {
      if (only != null && only != kind) {
        continue;
      }
      if (kind.executable().isPresent()) {
        kinds.add(kind);
      } else if (kind == ServerKind.ETCD && only == null) {
        System.out.println("only Kvorum is measured: " + kind.howToGet());
      } else {
        throw new IllegalStateException(kind.howToGet());
      }
    }
    return kinds;
  }

  private Contender start(ServerKind kind, Network network, @Nullable BenchmarkKeys secured)
      throws IOException, InterruptedException {
    Map<String, String> environment =
        kind == ServerKind.KVORUM && jvmArgs != null ? Map.of("JVM_ARGS", jvmArgs) : Map.of();
    List<ServerProcess> started = new ArrayList<>();
    List<URI> peers = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      peers.add(Ports.freeUrl());
    }
    for (int i = 0; i < members; i++) {
      Path directory = data.resolve(kind.name().toLowerCase(Locale.ROOT) + i);
      List<String> flags = new ArrayList<>(flags(i, peers));
      URI client = Ports.freeUrl();
      if (secured != null) {
        flags.addAll(secured.ofServer());
        client = URI.create("https://" + client.getAuthority());
      }
      started.add(ServerProcess.launch(kind, directory, client, peers.get(i), flags, environment));
    }
    Contender contender = new Contender(kind, started, network);
    for (ServerProcess process : started) {
      process.awaitReady();
      System.out.printf(
          "%s is ready after %d ms, pid %d, %s%n",
          kind, process.timeToReady().toMillis(), process.pid(), process.endpoint());
    }
    contender.load(
        "fill",
        List.of(
            "--scenario", "fill", "--keys", keys + "", "--in-flight", "32", "--connections", "4"));
    return contender;
  }

  private static List<String> flags(int member, List<URI> peers) {
    List<String> cluster = new ArrayList<>();
    for (int i = 0; i < peers.size(); i++) {
      cluster.add("m" + i + "=" + peers.get(i));
    }
    return List.of(
        "--quota-backend-bytes",
        String.valueOf(64L << 30),
        "--name",
        "m" + member,
        "--initial-cluster",
        String.join(",", cluster));
  }

  private List<List<BenchmarkCase>> runAll(
      List<List<BenchmarkCase>> blocks, List<Contender> contenders)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + (long) (limitMinutes * 60e9);
    List<String> more =
        new ArrayList<>(List.of("--warmup", warmup + "", "--seconds", seconds + ""));
    more.addAll(List.of("--keys", keys + ""));
    if (csv != null) {
      more.addAll(List.of("--csv", csv.toString()));
    }
    System.out.println(LoadResult.textHead());
    List<List<BenchmarkCase>> done = new ArrayList<>();
    for (List<BenchmarkCase> block : blocks) {
      if (System.nanoTime() > deadline) {
        System.out.println("time is over, left out: " + block.get(0).block());
        continue;
      }
      for (Contender contender : contenders) {
        contender.warmUp(block.get(0).warmth(), serverWarmup);
      }
      for (int round = 0; round < rounds; round++) {
        for (Contender contender : contenders) {
          for (BenchmarkCase one : block) {
            for (Contender each : contenders) {
              each.settle();
            }
            contender.measure(one, more);
          }
        }
      }
      done.add(block);
    }
    return done;
  }

  private void report(List<List<BenchmarkCase>> blocks, List<Contender> contenders)
      throws IOException, InterruptedException {
    String report =
        new BenchmarkReport(blocks, contenders).markdown("bench/run " + shown(arguments));
    System.out.println();
    System.out.println(report);
    if (markdown != null) {
      Files.writeString(markdown, report);
    }
  }

  /** The arguments without the directory that the script has made up. */
  private static String shown(List<String> arguments) {
    List<String> shown = new ArrayList<>(arguments);
    int at = shown.indexOf("--data");
    if (at >= 0 && at + 1 < shown.size()) {
      shown.remove(at + 1);
      shown.remove(at);
    }
    return String.join(" ", shown);
  }
}
