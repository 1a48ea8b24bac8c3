package io.kvorum.load;

import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.support.DurableFiles;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Pause;
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Fills a store, and measures each thing that an operator does with a large one: saves it, starts
 * it again, restores what was saved, deletes half, compacts and defragments. Each with its time,
 * the memory of the process that does it, and what is on disk.
 */
@Command(
    name = "bench/backup",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures saving, restoring, defragmenting and starting a large store.")
public final class LargeBackup implements Callable<Integer> {
  private static final int LOOK_MILLIS = 50;

  @Option(names = "--data", required = true, description = "empty directory for data and logs")
  private Path data = Path.of(".");

  @Option(names = "--server", defaultValue = "KVORUM", description = "${COMPLETION-CANDIDATES}")
  private ServerKind kind = ServerKind.KVORUM;

  @Option(names = "--keys", defaultValue = "1000000", description = "number of keys")
  private int count;

  @Option(names = "--value-size", defaultValue = "10240", description = "bytes of a value")
  private int valueSize;

  @Option(names = "--jvm-args", defaultValue = "-Xmx512m", description = "JVM_ARGS of Kvorum")
  private String jvmArgs = "";

  @Option(
      names = "--free-seconds",
      defaultValue = "60",
      description = "how long the size is followed after the compaction, before defragmenting")
  private int freeSeconds;

  /** Runs from the command line. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new LargeBackup())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(LoadGenerator::complain)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println(Machine.description(kind == ServerKind.ETCD));
    Path file = data.toAbsolutePath().resolve("saved.db");
    Path directory = data.toAbsolutePath().resolve("server");
    Path restored = data.toAbsolutePath().resolve("restored");
    URI client = Ports.freeUrl();
    URI peer = Ports.freeUrl();
    try (ServerProcess server = start(directory, client, peer)) {
      fill(server);
      say("filled", server, directory);
      client("save", List.of("snapshot", "save", file.toString()), client);
      System.out.printf("the file has %d MiB%n", Files.size(file) >> 20);
      say("saved", server, directory);
    }
    try (ServerProcess server = start(directory, client, peer)) {
      started("start", server);
    }
    client(
        "restore",
        List.of(
            "snapshot",
            "restore",
            file.toString(),
            "--name=m0",
            "--data-dir=" + restored,
            "--initial-cluster=m0=" + peer,
            "--initial-advertise-peer-urls=" + peer),
        null);
    Files.delete(file);
    DurableFiles.deleteTree(directory);
    try (ServerProcess server = start(restored, client, peer)) {
      started("start of what was restored", server);
      free(server, restored);
    }
    return 0;
  }

  private ServerProcess start(Path directory, URI client, URI peer)
      throws IOException, InterruptedException {
    return ServerProcess.start(
        kind,
        directory,
        client,
        peer,
        Pruning.flags(kind),
        kind == ServerKind.KVORUM ? Map.of("JVM_ARGS", jvmArgs) : Map.of());
  }

  private void fill(ServerProcess server) throws IOException, InterruptedException {
    try (Network network = new Network(1)) {
      LoadResult loaded =
          new Contender(kind, List.of(server), network).load("fill", fillArguments());
      System.out.println(LoadResult.textHead());
      System.out.println(loaded.text());
      if (loaded.errors() > 0) {
        throw new IllegalStateException("not all keys could be written: " + loaded.firstError());
      }
    }
  }

  private List<String> fillArguments() {
    return List.of(
        ("--scenario fill --in-flight 32 --connections 4 --keys "
                + count
                + " --value-size "
                + valueSize)
            .split(" "));
  }

  /** Deletes half of the keys, compacts, follows the size, and defragments. */
  private void free(ServerProcess server, Path directory) throws IOException {
    ManagedChannel channel = Channels.to(server.endpoint());
    try {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);
      MaintenanceGrpc.MaintenanceBlockingStub maintenance =
          MaintenanceGrpc.newBlockingStub(channel);
      Pruning.deleteHalf(kv, LoadOptions.parse(fillArguments()).keySpace());
      size("half is deleted", maintenance, directory);
      long began = System.nanoTime();
      Pruning.compact(kv);
      took("compact", began);
      size("compacted", maintenance, directory);
      for (int second = 0; second < freeSeconds; second += 20) {
        Pause.of(TimeUnit.SECONDS.toMillis(20));
        size(second + 20 + " s later", maintenance, directory);
      }
      began = System.nanoTime();
      maintenance.defragment(DefragmentRequest.getDefaultInstance());
      took("defragment", began);
      size("defragmented", maintenance, directory);
      say("defragmented", server, directory);
    } finally {
      channel.shutdownNow();
    }
  }

  /** Runs the command-line client, and prints what it needed. */
  private void client(String what, List<String> arguments, @Nullable URI endpoint)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(
        kind == ServerKind.ETCD
            ? ServerKind.onPath("etcdctl").orElseThrow().toString()
            : ServerKind.projectRoot().resolve("bin/kvorumctl").toString());
    command.addAll(arguments);
    if (endpoint != null) {
      command.add("--endpoints=" + endpoint);
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("ETCDCTL_API", "3");
    builder.redirectErrorStream(true).redirectOutput(data.resolve(what + ".log").toFile());
    long began = System.nanoTime();
    Process process = builder.start();
    long peak = 0;
    while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      peak = Math.max(peak, peakOf(process));
    }
    took(what, began);
    System.out.printf("memory of the client: %d MiB at most%n", peak >> 20);
    if (process.exitValue() != 0) {
      throw new IllegalStateException(
          what + " failed: " + Files.readString(data.resolve(what + ".log")));
    }
  }

  /** 0 if it has just ended. */
  private static long peakOf(Process process) throws IOException {
    try {
      return ProcessUsage.of(process.pid()).peakResidentBytes();
    } catch (IOException gone) {
      if (process.isAlive()) {
        throw gone;
      }
      return 0;
    }
  }

  private void started(String what, ServerProcess server) throws IOException {
    System.out.printf(
        Locale.ROOT, "%s: %.2f s until it is ready%n", what, server.timeToReady().toMillis() / 1e3);
    memory(what, server);
  }

  private void say(String when, ServerProcess server, Path directory) throws IOException {
    memory(when, server);
    System.out.printf("disk when %s: %d MiB%n", when, DirectorySize.bytes(directory) >> 20);
  }

  private static void memory(String when, ServerProcess server) throws IOException {
    ProcessUsage usage = ProcessUsage.of(server.pid());
    System.out.printf(
        "memory when %s: %d MiB resident, %d MiB at most%n",
        when, usage.residentBytes() >> 20, usage.peakResidentBytes() >> 20);
  }

  private static void size(
      String when, MaintenanceGrpc.MaintenanceBlockingStub maintenance, Path directory)
      throws IOException {
    StatusResponse status = maintenance.status(StatusRequest.getDefaultInstance());
    System.out.printf(
        "size when %s: %d MiB allocated, %d MiB in use, %d MiB on disk%n",
        when,
        status.getDbSize() >> 20,
        status.getDbSizeInUse() >> 20,
        DirectorySize.bytes(directory) >> 20);
  }

  private static void took(String what, long beganNanos) {
    System.out.printf(Locale.ROOT, "%s: %.1f s%n", what, (System.nanoTime() - beganNanos) / 1e9);
  }
}
