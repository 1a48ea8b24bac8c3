package io.kvorum.load;

import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures restarts after {@code kill -9} of one server with many keys of 1 KiB: puts of five
 * seconds, the end in the middle of nothing else, and the time from exec to a linearizable get of
 * one of the keys. Not thread-safe.
 */
final class StartRecovery implements AutoCloseable {
  private static final int VALUE_BYTES = 1_024;

  private final StartServers.Place place;
  private final StartServers servers;
  private final Network network;
  private final List<String> keySpace;
  private final Request get;

  StartRecovery(ServerKind kind, int count, StartServers servers, Network network) {
    this.place = servers.place(kind);
    this.servers = servers;
    this.network = network;
    this.keySpace =
        List.of("--keys", String.valueOf(count), "--value-size", String.valueOf(VALUE_BYTES));
    List<String> options = new ArrayList<>(List.of("--scenario", "fill"));
    options.addAll(keySpace);
    this.get = new ProtoRequests(LoadOptions.parse(options).keySpace()).get(count / 2, false);
  }

  ServerKind kind() {
    return place.kind();
  }

  /** Writes all keys to a new server and kills it. */
  void fill() throws IOException, InterruptedException {
    ServerProcess server = servers.launch(place);
    try {
      server.awaitReady();
      System.out.println(load(server, "fill", List.of("--scenario", "fill")).text());
      touch(server);
    } finally {
      server.kill();
    }
  }

  /** The time from exec to the first answer, in nanoseconds; the server is killed again. */
  long restart(EarlyClient client) throws IOException, InterruptedException {
    long exec = System.nanoTime();
    ServerProcess server = servers.launch(place);
    try {
      long answered = client.grpc(server, get);
      server.awaitReady();
      touch(server);
      return answered - exec;
    } finally {
      server.kill();
    }
  }

  /** Leaves something to recover. */
  private void touch(ServerProcess server) throws IOException, InterruptedException {
    load(server, "puts", List.of("--scenario", "put", "--warmup", "0", "--seconds", "5"));
  }

  private LoadResult load(ServerProcess server, String name, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(keySpace);
    all.addAll(List.of("--in-flight", "128", "--connections", "8"));
    LoadResult result = new Contender(place.kind(), List.of(server), network).load(name, all);
    if (result.errors() > 0) {
      throw new IllegalStateException("failed puts, the first: " + result.firstError());
    }
    return result;
  }

  @Override
  public void close() throws IOException {
    place.close();
  }
}
