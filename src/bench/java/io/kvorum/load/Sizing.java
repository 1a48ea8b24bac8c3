package io.kvorum.load;

import io.kvorum.testing.Pause;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures what a member needs for keys, revisions and watchers, as a table for the page about
 * operations: heap in use, resident memory, disk, and the smallest heap that works.
 */
@Command(
    name = "bench/sizing",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures what a member needs for keys, revisions and watchers.")
public final class Sizing implements Callable<Integer> {
  private static final String PATIENCE = "kvorum.start.seconds";
  private static final long MINUTE_MILLIS = 60_000;
  private static final int WATCH_SECONDS = 75;

  @Option(names = "--data", required = true, hidden = true)
  private Path data = Path.of(".");

  @Option(
      names = "--cases",
      split = ",",
      description = "each KEYSxVALUEBYTES[xREVISIONS][+WATCHERS] (${DEFAULT-VALUE})",
      defaultValue = "0x256,100000x256,1000000x256,1000000x1024,100000x256x1000000,0x256+10000")
  private List<String> cases = new ArrayList<>();

  @Option(
      names = "--skip-smallest",
      description = "do not search for the smallest heap, which takes minutes for each case")
  private boolean skipSmallest;

  @Option(names = "--jvm-args", defaultValue = "", description = "JVM_ARGS of the member; none")
  private String jvmArgs = "";

  private StartServers servers = new StartServers(data, jvmArgs);

  /** Runs from the command line. */
  public static void main(String[] args) {
    // A start that takes longer than that in a small heap does not count as working.
    System.setProperty(PATIENCE, System.getProperty(PATIENCE, "120"));
    System.exit(
        new CommandLine(new Sizing())
            .setExecutionExceptionHandler(LoadGenerator::complain)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    servers = new StartServers(data, jvmArgs);
    List<String> rows = new ArrayList<>();
    try (Network network = new Network(1)) {
      prepare();
      for (String each : cases) {
        rows.add(row(SizingCase.parse(each), network));
        System.out.println(rows.get(rows.size() - 1));
      }
    }
    System.out.println(
        "\n| keys | value | revisions | watchers | heap in use | smallest heap | resident a minute"
            + " after writing | resident a minute after a restart | disk |");
    System.out.println("|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    rows.forEach(System.out::println);
    return 0;
  }

  /** The first start of an installation prepares what later ones use. */
  private void prepare() throws IOException, InterruptedException {
    try (StartServers.Place place = servers.place(ServerKind.KVORUM);
        ServerProcess server = servers.launch(place)) {
      server.awaitReady();
      StartServers.awaitChildren(server);
    }
  }

  private String row(SizingCase what, Network network) throws IOException, InterruptedException {
    try (StartServers.Place place = servers.place(ServerKind.KVORUM)) {
      Held written = written(place, what, network);
      String disk = what.watchers() > 0 ? "" : mebibytes(DirectorySize.bytes(place.directory()));
      Held restarted = what.watchers() > 0 ? written : restarted(place);
      String heap =
          skipSmallest
              ? ""
              : new SmallestHeap(place, servers, network, trial(what)).find() + " MiB";
      return String.format(
          "| %s | %s | %s | %s | %s | %s |",
          what.cells(),
          mebibytes(restarted.liveBytes()),
          heap,
          mebibytes(written.residentBytes()),
          what.watchers() > 0 ? "" : mebibytes(restarted.residentBytes()),
          disk);
    }
  }

  /**
   * What a member holds after a minute of rest.
   *
   * @param liveBytes objects on the heap; before a restart those in its caches are among them
   */
  private record Held(long residentBytes, long liveBytes) {

    static Held afterAMinute(ServerProcess server) throws IOException, InterruptedException {
      Pause.of(MINUTE_MILLIS);
      long resident = Resident.of(server.pid()).bytes();
      return new Held(resident, JvmTools.liveBytes(server.pid()));
    }
  }

  private Held written(StartServers.Place place, SizingCase what, Network network)
      throws IOException, InterruptedException {
    ServerProcess server = servers.launch(place);
    try {
      server.awaitReady();
      write(server, what, network);
      CompletableFuture<Void> watching =
          what.watchers() == 0
              ? CompletableFuture.completedFuture(null)
              : CompletableFuture.runAsync(() -> watch(server, what, network));
      Held held = Held.afterAMinute(server);
      watching.join();
      server.terminate();
      return held;
    } finally {
      server.kill();
    }
  }

  private Held restarted(StartServers.Place place) throws IOException, InterruptedException {
    try (ServerProcess server = servers.launch(place)) {
      server.awaitReady();
      return Held.afterAMinute(server);
    }
  }

  private static void write(ServerProcess server, SizingCase what, Network network)
      throws IOException, InterruptedException {
    if (what.keys() > 0) {
      load(server, network, store(what, "fill"));
    }
    if (what.revisions() > what.keys()) {
      List<String> puts = store(what, "put");
      puts.addAll(List.of("--warmup", "0", "--ops", what.revisions() - what.keys() + ""));
      load(server, network, puts);
    }
  }

  private static void watch(ServerProcess server, SizingCase what, Network network) {
    try {
      load(server, network, watchers(what, WATCH_SECONDS));
    } catch (IOException | InterruptedException e) {
      throw new CompletionException(e);
    }
  }

  private static void load(ServerProcess server, Network network, List<String> arguments)
      throws IOException, InterruptedException {
    LoadResult result =
        new Contender(ServerKind.KVORUM, List.of(server), network).load("sizing", arguments);
    if (result.errors() > 0) {
      throw new IllegalStateException("errors, the first: " + result.firstError());
    }
  }

  /** What must work in the smallest heap: the same watchers, or gets and puts. */
  private static List<String> trial(SizingCase what) {
    if (what.watchers() > 0) {
      return watchers(what, 15);
    }
    List<String> mixed = store(what, "put");
    mixed.addAll(List.of("--warmup", "0", "--seconds", "15"));
    return mixed;
  }

  private static List<String> store(SizingCase what, String scenario) {
    return new ArrayList<>(
        List.of(
            "--scenario",
            scenario,
            "--keys",
            Math.max(1_000, what.keys()) + "",
            "--value-size",
            what.valueBytes() + "",
            "--in-flight",
            "128",
            "--connections",
            "8"));
  }

  private static List<String> watchers(SizingCase what, int seconds) {
    return List.of(
        "--scenario",
        "watch",
        "--watchers",
        what.watchers() + "",
        "--in-flight",
        "8",
        "--connections",
        "8",
        "--rate",
        "1",
        "--warmup",
        "0",
        "--seconds",
        seconds + "");
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,d MiB", Math.round(bytes / 1048576.0));
  }
}
