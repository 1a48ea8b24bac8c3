package io.kvorum.load;

import io.kvorum.testing.ServerKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures how fast a server starts, restarts and stops, and how much memory it holds: Kvorum as
 * built, and a stock etcd in turn with it.
 */
@Command(
    name = "bench/start",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measures how fast Kvorum and a stock etcd start, restart and stop, and what they hold.",
      "Parts: put, json, cluster, stop, idle, load, archive; about 13 minutes, of which idle and"
          + " load take ten. And recovery, if it is named: about 7 minutes with a million keys."
    })
public final class StartBenchmark implements Callable<Integer> {

  /** What is measured together, by the names of the command line. */
  private enum Part {
    PUT,
    JSON,
    CLUSTER,
    STOP,
    IDLE,
    LOAD,
    RECOVERY,
    ARCHIVE
  }

  /** More than that of the processors in use is somebody else's work. */
  private static final double REST = 0.05;

  private static final long REST_AT_MOST_MILLIS = 3_000;
  private static final double BYTES_PER_MB = 1e6;

  @Option(names = "--data", required = true, hidden = true)
  private Path data = Path.of(".");

  @Option(names = "--only", split = ",", description = "parts to measure; all but recovery")
  private List<Part> only = new ArrayList<>();

  @Option(names = "--server", description = "one server: KVORUM or ETCD; both by default")
  private @Nullable ServerKind server;

  @Option(names = "--rounds", defaultValue = "7", description = "of each (${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--memory-rounds",
      defaultValue = "3",
      description = "of idle and load, which take minutes (${DEFAULT-VALUE})")
  private int memoryRounds;

  @Option(names = "--keys", defaultValue = "1000000", description = "of recovery; 1 KiB each")
  private int keys;

  @Option(names = "--jvm-args", defaultValue = "", description = "JVM_ARGS of Kvorum; none")
  private String jvmArgs = "";

  @Option(names = "--markdown", description = "write the report to this file")
  private @Nullable Path markdown;

  private final List<Double> foreignLoad = new ArrayList<>();

  /** Runs from the command line. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new StartBenchmark())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(LoadGenerator::complain)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Set<Part> parts =
        only.isEmpty() ? EnumSet.complementOf(EnumSet.of(Part.RECOVERY)) : EnumSet.copyOf(only);
    List<ServerKind> kinds = kinds();
    StartTable table = new StartTable(kinds);
    try (Network network = new Network(1)) {
      measure(parts, kinds, network, table);
    } finally {
      report(parts, kinds, table);
    }
    return 0;
  }

  private List<ServerKind> kinds() {
    List<ServerKind> kinds = new ArrayList<>();
    for (ServerKind kind : List.of(ServerKind.ETCD, ServerKind.KVORUM)) {
      if (server != null && server != kind) {
        continue;
      }
      if (kind.executable().isPresent()) {
        kinds.add(kind);
      } else if (kind == ServerKind.ETCD && server == null) {
        System.out.println("only Kvorum is measured: " + kind.howToGet());
      } else {
        throw new IllegalStateException(kind.howToGet());
      }
    }
    return kinds;
  }

  private void measure(Set<Part> parts, List<ServerKind> kinds, Network network, StartTable table)
      throws IOException, InterruptedException {
    StartServers servers = new StartServers(data, jvmArgs);
    EarlyClient client = new EarlyClient(network);
    StartMeasurements starts = new StartMeasurements(servers, client, table);
    if (!parts.equals(EnumSet.of(Part.ARCHIVE))) {
      inTurn(2, kinds, starts::prepare);
      foreignLoad.clear();
    }
    if (parts.contains(Part.PUT)) {
      inTurn(rounds, kinds, starts::put);
    }
    boolean json = parts.contains(Part.JSON);
    boolean stop = parts.contains(Part.STOP);
    if (json || stop) {
      inTurn(rounds, kinds, kind -> starts.jsonAndStop(kind, json, stop));
    }
    if (parts.contains(Part.CLUSTER)) {
      inTurn(rounds, kinds, starts::cluster);
    }
    if (parts.contains(Part.RECOVERY)) {
      recover(kinds, servers, client, network, table);
    }
    if (parts.contains(Part.IDLE) || parts.contains(Part.LOAD)) {
      StartMemory memory = new StartMemory(servers, network, table);
      together(
          kinds,
          kind -> memory.measure(kind, parts.contains(Part.IDLE), parts.contains(Part.LOAD)));
    }
    if (parts.contains(Part.ARCHIVE) && kinds.contains(ServerKind.KVORUM)) {
      archive(table);
    }
  }

  private interface Measurement {
    void of(ServerKind kind) throws IOException, InterruptedException;
  }

  private void inTurn(int times, List<ServerKind> kinds, Measurement measurement)
      throws IOException, InterruptedException {
    for (int round = 0; round < times; round++) {
      for (ServerKind kind : kinds) {
        foreignLoad.add(Machine.awaitRest(REST, REST_AT_MOST_MILLIS));
        measurement.of(kind);
      }
    }
  }

  /** Each server on its own thread, all rounds. */
  private void together(List<ServerKind> kinds, Measurement measurement) {
    CompletableFuture.allOf(
            kinds.stream()
                .map(
                    kind ->
                        CompletableFuture.runAsync(
                            () -> repeat(measurement, kind),
                            task -> new Thread(task, "memory of " + kind).start()))
                .toArray(CompletableFuture[]::new))
        .join();
  }

  private void repeat(Measurement measurement, ServerKind kind) {
    try {
      for (int round = 0; round < memoryRounds; round++) {
        measurement.of(kind);
      }
    } catch (IOException | InterruptedException e) {
      throw new CompletionException(e);
    }
  }

  private void recover(
      List<ServerKind> kinds,
      StartServers servers,
      EarlyClient client,
      Network network,
      StartTable table)
      throws IOException, InterruptedException {
    List<StartRecovery> stores = new ArrayList<>();
    try {
      for (ServerKind kind : kinds) {
        StartRecovery store = new StartRecovery(kind, keys, servers, network);
        stores.add(store);
        store.fill();
      }
      for (int round = 0; round < rounds; round++) {
        for (StartRecovery store : stores) {
          foreignLoad.add(Machine.awaitRest(REST, REST_AT_MOST_MILLIS));
          long took = store.restart(client);
          table.add(StartFigure.RECOVERY, store.kind(), StartMeasurements.seconds(took));
        }
      }
    } finally {
      for (StartRecovery store : stores) {
        store.close();
      }
    }
  }

  private static void archive(StartTable table) throws IOException {
    try (Stream<Path> built = Files.list(ServerKind.projectRoot().resolve("target"))) {
      Path archive =
          built
              .filter(file -> file.toString().endsWith(".tar.gz"))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("target/ has no kvorum-….tar.gz"));
      table.add(StartFigure.ARCHIVE, ServerKind.KVORUM, Files.size(archive) / BYTES_PER_MB);
    }
  }

  private void report(Set<Part> parts, List<ServerKind> kinds, StartTable table)
      throws IOException, InterruptedException {
    StringBuilder out = new StringBuilder("Machine: ");
    out.append(Machine.description(kinds.contains(ServerKind.ETCD))).append("\n\n");
    out.append("Medians of ").append(rounds).append(" rounds, of memory ").append(memoryRounds);
    out.append(", with the lowest and the highest; 1 MB is 1,000,000 bytes.");
    if (parts.contains(Part.RECOVERY)) {
      out.append(String.format(Locale.ROOT, " Recovery is of %,d keys of 1 KiB.", keys));
    }
    out.append(
        String.format(
            Locale.ROOT,
            " Before the rounds other work used %.0f %% of the processors on average, %.0f %% at"
                + " most.",
            100 * foreignLoad.stream().mapToDouble(share -> share).average().orElse(0),
            100 * foreignLoad.stream().mapToDouble(share -> share).max().orElse(0)));
    out.append("\n\n").append(table.markdown());
    System.out.println();
    System.out.println(out);
    if (markdown != null) {
      Files.writeString(markdown, out);
    }
  }
}
