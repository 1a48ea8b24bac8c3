package io.kvorum.load;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.mvccpb.KeyValue;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Loads far more data than the heap holds, restarts the server, and reads everything back: some
 * keys one by one, then all of them in pages; each value is compared.
 */
@Command(
    name = "bench/memory",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Loads more data than the heap holds, restarts, reads everything back.")
public final class SmallHeap implements Callable<Integer> {

  @Option(names = "--data", required = true, description = "empty directory for data and logs")
  private Path data = Path.of(".");

  @Option(names = "--server", defaultValue = "KVORUM", description = "${COMPLETION-CANDIDATES}")
  private ServerKind kind = ServerKind.KVORUM;

  @Option(names = "--keys", defaultValue = "1000000", description = "number of keys")
  private int count;

  @Option(names = "--value-size", defaultValue = "1024", description = "bytes of a value")
  private int valueSize;

  @Option(names = "--jvm-args", defaultValue = "-Xmx512m", description = "JVM_ARGS of Kvorum")
  private String jvmArgs = "";

  @Option(names = "--sample", defaultValue = "20000", description = "keys to read one by one")
  private int sample;

  @Option(names = "--page", defaultValue = "1000", description = "keys per page")
  private int page;

  private Keys keys = new Keys("k", 8, 1, 1, 1);

  /** Runs from the command line. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new SmallHeap())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(LoadGenerator::complain)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> fill =
        List.of(
            "--scenario",
            "fill",
            "--keys",
            count + "",
            "--value-size",
            valueSize + "",
            "--in-flight",
            "128",
            "--connections",
            "8");
    keys = LoadOptions.parse(fill).keySpace();
    Path directory = data.resolve("server");
    URI client = Ports.freeUrl();
    URI peer = Ports.freeUrl();
    try (ServerProcess server = start(directory, client, peer);
        Network network = new Network(1)) {
      say("empty start", server.timeToReady());
      LoadResult loaded = new Contender(kind, List.of(server), network).load("fill", fill);
      System.out.println(LoadResult.textHead());
      System.out.println(loaded.text());
      if (loaded.errors() > 0) {
        throw new IllegalStateException("not all keys could be written: " + loaded.firstError());
      }
      memory("after loading", server);
      long stop = System.nanoTime();
      server.terminate(Duration.ofSeconds(60));
      say("stop", Duration.ofNanos(System.nanoTime() - stop));
    }
    System.out.printf("disk: %d MiB%n", DirectorySize.bytes(directory) >> 20);
    try (ServerProcess server = start(directory, client, peer)) {
      say("start with " + count + " keys", server.timeToReady());
      memory("after the start", server);
      readBack(server);
      memory("after reading everything", server);
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
        List.of("--quota-backend-bytes", String.valueOf(64L << 30)),
        kind == ServerKind.KVORUM ? Map.of("JVM_ARGS", jvmArgs) : Map.of());
  }

  private void readBack(ServerProcess server) {
    ManagedChannel channel = Channels.to(server.endpoint());
    try {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);
      readSome(kv);
      readPages(kv);
    } finally {
      channel.shutdownNow();
    }
  }

  private void readSome(KVGrpc.KVBlockingStub kv) {
    SplittableRandom random = new SplittableRandom(1);
    long start = System.nanoTime();
    for (int i = 0; i < sample; i++) {
      int number = random.nextInt(count);
      RangeResponse answer =
          kv.range(RangeRequest.newBuilder().setKey(ByteString.copyFrom(keys.key(number))).build());
      if (answer.getKvsCount() != 1) {
        throw new IllegalStateException("key " + number + " is missing");
      }
      check(answer.getKvs(0), number);
    }
    rate("read one by one", sample, start);
  }

  private void readPages(KVGrpc.KVBlockingStub kv) {
    ByteString end = ByteString.copyFrom(end(keys.key(0)));
    ByteString from = ByteString.copyFrom(keys.key(0));
    long revision = 0;
    int number = 0;
    boolean more = true;
    long start = System.nanoTime();
    while (more) {
      RangeResponse answer =
          kv.range(
              RangeRequest.newBuilder()
                  .setKey(from)
                  .setRangeEnd(end)
                  .setLimit(page)
                  .setRevision(revision)
                  .build());
      for (KeyValue kv1 : answer.getKvsList()) {
        check(kv1, number++);
      }
      revision = revision == 0 ? answer.getHeader().getRevision() : revision;
      more = answer.getMore();
      if (more) {
        ByteString last = answer.getKvs(answer.getKvsCount() - 1).getKey();
        from = last.concat(ByteString.copyFrom(new byte[1]));
      }
    }
    if (number != count) {
      throw new IllegalStateException("the pages held " + number + " keys of " + count);
    }
    rate("read in pages of " + page, count, start);
  }

  /** The end of the range of all keys with the letter before the digits of this key. */
  private static byte[] end(byte[] key) {
    byte[] end = Arrays.copyOf(key, key.length);
    Arrays.fill(end, (byte) 0xFF);
    int prefix = 0;
    while (key[prefix] != '0') {
      end[prefix] = key[prefix];
      prefix++;
    }
    return end;
  }

  private void check(KeyValue kv, int number) {
    if (!Arrays.equals(kv.getKey().toByteArray(), keys.key(number))
        || !Arrays.equals(kv.getValue().toByteArray(), keys.value(number))) {
      throw new IllegalStateException(
          "wrong key or value in place of key " + number + ": " + kv.getKey().toStringUtf8());
    }
  }

  private static void say(String what, Duration took) {
    System.out.printf(Locale.ROOT, "%s: %.2f s%n", what, took.toMillis() / 1000.0);
  }

  private static void rate(String what, int count, long startNanos) {
    double took = (System.nanoTime() - startNanos) / 1e9;
    System.out.printf(
        Locale.ROOT, "%s: %d keys in %.1f s, %.0f/s, all right%n", what, count, took, count / took);
  }

  private static void memory(String when, ServerProcess server) throws IOException {
    ProcessUsage usage = ProcessUsage.of(server.pid());
    System.out.printf(
        "memory %s: %d MiB resident, %d MiB at most%n",
        when, usage.residentBytes() >> 20, usage.peakResidentBytes() >> 20);
  }
}
