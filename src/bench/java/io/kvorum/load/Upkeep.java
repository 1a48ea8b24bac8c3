package io.kvorum.load;

import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.testing.Channels;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures what puts lose while a server is compacted, saved or defragmented: the rate and the
 * latencies before the work begins, from its beginning on until it has ended, and afterwards.
 */
@Command(
    name = "bench/upkeep",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures what puts lose while a server is compacted, saved or defragmented.")
public final class Upkeep implements Callable<Integer> {

  /** What is done while puts continue. */
  enum Work {
    /** Compacts at the head a history in which few keys have many revisions. */
    COMPACT,
    /** Reads a snapshot of many keys. */
    SNAPSHOT,
    /** Defragments after half of these keys have been deleted. */
    DEFRAGMENT
  }

  private static final String PUTS = "--scenario put --in-flight 128 --connections 8";
  private static final String BULK = "bulk/";
  private static final int KEY_BYTES = 31;
  private static final int BULK_VALUE_BYTES = 1024;

  /** Work that takes longer is not followed to its end. */
  private static final int MAX_RUNS = 12;

  @Option(names = "--data", required = true, description = "empty directory for data and logs")
  private Path data = Path.of(".");

  @Option(names = "--server", defaultValue = "KVORUM", description = "${COMPLETION-CANDIDATES}")
  private ServerKind kind = ServerKind.KVORUM;

  @Option(names = "--work", split = ",", description = "${COMPLETION-CANDIDATES}; all if not given")
  private Set<Work> works = EnumSet.allOf(Work.class);

  @Option(names = "--rounds", defaultValue = "1", description = "how often each is measured")
  private int rounds;

  @Option(names = "--seconds", defaultValue = "10", description = "counted per run of puts")
  private double seconds;

  @Option(
      names = "--revisions",
      defaultValue = "2400000",
      description = "of 10,000 keys, to be compacted")
  private long revisions;

  @Option(
      names = "--bulk-keys",
      defaultValue = "500000",
      description = "of 1 KiB, to be saved; half of them are deleted before a defragmentation")
  private int bulkKeys;

  @Option(names = "--jvm-args", defaultValue = "", description = "JVM_ARGS of Kvorum")
  private String jvmArgs = "";

  /** Runs from the command line. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Upkeep())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(LoadGenerator::complain)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (ServerProcess server =
            ServerProcess.start(
                kind,
                data.resolve("server"),
                Pruning.flags(kind),
                kind == ServerKind.KVORUM && !jvmArgs.isEmpty()
                    ? Map.of("JVM_ARGS", jvmArgs)
                    : Map.of());
        Network network = new Network(1)) {
      System.out.println(Machine.description(kind == ServerKind.ETCD));
      ManagedChannel channel = Channels.to(server.endpoint());
      try {
        Contender contender = new Contender(kind, List.of(server), network);
        contender.warmUp(BenchmarkCase.Warmth.GRPC_WRITE, 25);
        for (Work work : works) {
          for (int round = 0; round < rounds; round++) {
            measure(work, contender, channel);
          }
        }
      } finally {
        channel.shutdownNow();
      }
    }
    return 0;
  }

  private void measure(Work work, Contender contender, ManagedChannel channel)
      throws IOException, InterruptedException {
    prepare(work, contender, channel);
    contender.settle();
    LoadResult before = puts(contender, "before");
    long began = System.nanoTime();
    CompletableFuture<Double> ended =
        CompletableFuture.supplyAsync(
            () -> {
              perform(work, channel);
              return (System.nanoTime() - began) / 1e9;
            });
    List<LoadResult> during = new ArrayList<>();
    do {
      during.add(puts(contender, "during"));
    } while (!ended.isDone() && during.size() < MAX_RUNS);
    LoadResult after = puts(contender, "after");
    report(work, before, during, after, ended);
    ended.join();
  }

  private void prepare(Work work, Contender contender, ManagedChannel channel)
      throws IOException, InterruptedException {
    switch (work) {
      case COMPACT -> contender.load("fill", split(PUTS + " --warmup 0 --ops " + revisions));
      case SNAPSHOT -> fillBulk(contender);
      case DEFRAGMENT -> {
        fillBulk(contender);
        KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);
        Pruning.deleteHalf(kv, new Keys(BULK, KEY_BYTES, bulkKeys, BULK_VALUE_BYTES, 1));
        Pruning.compact(kv);
      }
    }
  }

  private void fillBulk(Contender contender) throws IOException, InterruptedException {
    contender.load(
        "fill",
        split(
            "--scenario fill --in-flight 128 --connections 8 --key-prefix "
                + BULK
                + " --keys "
                + bulkKeys
                + " --key-size "
                + KEY_BYTES
                + " --value-size "
                + BULK_VALUE_BYTES));
  }

  private LoadResult puts(Contender contender, String when)
      throws IOException, InterruptedException {
    return contender.load(when, split(PUTS + " --warmup 0 --seconds " + seconds));
  }

  private void perform(Work work, ManagedChannel channel) {
    switch (work) {
      case COMPACT -> Pruning.compact(KVGrpc.newBlockingStub(channel));
      case SNAPSHOT -> {
        long[] bytes = new long[1];
        MaintenanceGrpc.newBlockingStub(channel)
            .snapshot(SnapshotRequest.getDefaultInstance())
            .forEachRemaining(part -> bytes[0] += part.getBlob().size());
        System.out.printf("the snapshot has %,d bytes%n", bytes[0]);
      }
      case DEFRAGMENT -> {
        say("allocated before", channel);
        MaintenanceGrpc.newBlockingStub(channel).defragment(DefragmentRequest.getDefaultInstance());
        say("allocated after", channel);
      }
    }
  }

  private static void say(String what, ManagedChannel channel) {
    System.out.printf(
        "%s: %,d bytes%n",
        what,
        MaintenanceGrpc.newBlockingStub(channel)
            .status(StatusRequest.getDefaultInstance())
            .getDbSize());
  }

  private void report(
      Work work,
      LoadResult before,
      List<LoadResult> during,
      LoadResult after,
      CompletableFuture<Double> ended) {
    System.out.println(line(work, "before", List.of(before)));
    System.out.println(line(work, "first run", during.subList(0, 1)));
    System.out.println(line(work, "during", during));
    System.out.println(line(work, "after", List.of(after)));
    Double took = ended.getNow(null);
    System.out.printf(
        Locale.ROOT,
        "%s %s: ratio of the first run %.2f, of all %.2f; took %s%n",
        kind,
        work,
        during.get(0).perSecond() / rest(before, after),
        perSecond(during) / rest(before, after),
        took == null ? "longer" : String.format(Locale.ROOT, "%.1f s", took));
  }

  private static double rest(LoadResult before, LoadResult after) {
    return perSecond(List.of(before, after));
  }

  private static double perSecond(List<LoadResult> runs) {
    return runs.stream().mapToLong(LoadResult::operations).sum()
        / runs.stream().mapToDouble(LoadResult::seconds).sum();
  }

  private String line(Work work, String when, List<LoadResult> runs) {
    Histogram all = new Histogram(runs.get(0).latencies());
    runs.forEach(run -> all.add(run.latencies()));
    return String.format(
        Locale.ROOT,
        "%s %s %s: %,.0f puts/s, p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, most %.1f ms%s",
        kind,
        work,
        when,
        perSecond(runs),
        all.getValueAtPercentile(50) / 1e6,
        all.getValueAtPercentile(99) / 1e6,
        all.getValueAtPercentile(99.9) / 1e6,
        all.getMaxValue() / 1e6,
        errors(runs));
  }

  private static String errors(List<LoadResult> runs) {
    @Nullable String first =
        runs.stream()
            .filter(run -> run.errors() > 0)
            .map(LoadResult::firstError)
            .findFirst()
            .orElse(null);
    return first == null ? "" : ", errors: " + first;
  }

  private static List<String> split(String arguments) {
    return List.of(arguments.split(" "));
  }
}
