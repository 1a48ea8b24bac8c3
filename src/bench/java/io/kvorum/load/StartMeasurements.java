package io.kvorum.load;

import io.kvorum.testing.Pause;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Measures single starts and stops: each method one of one server, on an empty store. What was
 * started is killed at the end, also if the measurement fails. Not thread-safe.
 */
final class StartMeasurements {
  private static final int MEMBERS = 3;
  private static final long IDLE_BEFORE_STOP_MILLIS = 5_000;
  private static final Keys KEYS = new Keys("kvorum/start/", 31, 1_000, 256, 1);

  private final StartServers servers;
  private final EarlyClient client;
  private final StartTable table;

  StartMeasurements(StartServers servers, EarlyClient client, StartTable table) {
    this.servers = servers;
    this.client = client;
    this.table = table;
  }

  private static Request put() {
    return new ProtoRequests(KEYS).put(1, KEYS.value(1));
  }

  private static Request jsonPut() {
    return new JsonRequests(KEYS).put(1, KEYS.value(1));
  }

  /** Of a key that does not exist. */
  private static Request get() {
    return new Request(Operation.RANGE, new ProtoRequests(KEYS).get(2, false).body(), 0);
  }

  /** Uncounted: the client warms up, and the server prepares what it prepares at a first start. */
  void prepare(ServerKind kind) throws IOException, InterruptedException {
    try (StartServers.Place place = servers.place(kind);
        ServerProcess server = servers.launch(place)) {
      client.grpc(server, put());
      client.json(server, jsonPut());
      client.grpc(server, get());
      server.awaitReady();
      StartServers.awaitChildren(server);
    }
  }

  /** The first put, CPU time until then, and the line that says ready. */
  void put(ServerKind kind) throws IOException, InterruptedException {
    try (StartServers.Place place = servers.place(kind)) {
      long exec = System.nanoTime();
      ServerProcess server = servers.launch(place);
      try {
        long answered = client.grpc(server, put());
        long cpu = ProcessUsage.of(server.pid()).cpuNanos();
        table.add(StartFigure.PUT, kind, seconds(answered - exec));
        table.add(StartFigure.PUT_CPU, kind, seconds(cpu));
        server.awaitReady();
        table.add(StartFigure.READY, kind, seconds(server.timeToReady().toNanos()));
      } finally {
        server.kill();
      }
    }
  }

  /** The first JSON put, and a stop after some idle seconds; each if it is wanted. */
  void jsonAndStop(ServerKind kind, boolean json, boolean stop)
      throws IOException, InterruptedException {
    try (StartServers.Place place = servers.place(kind)) {
      long exec = System.nanoTime();
      ServerProcess server = servers.launch(place);
      try {
        long answered = client.json(server, jsonPut());
        if (json) {
          table.add(StartFigure.JSON_PUT, kind, seconds(answered - exec));
        }
        if (stop) {
          Pause.of(IDLE_BEFORE_STOP_MILLIS);
          long signal = System.nanoTime();
          server.terminate();
          table.add(StartFigure.STOP, kind, seconds(System.nanoTime() - signal));
        }
      } finally {
        server.kill();
      }
    }
  }

  /** A linearizable get of each member of three, which start together. */
  void cluster(ServerKind kind) throws IOException, InterruptedException {
    List<StartServers.Place> places = new ArrayList<>();
    for (int i = 0; i < MEMBERS; i++) {
      places.add(servers.place(kind));
    }
    long exec = System.nanoTime();
    List<ServerProcess> members = servers.launch(places);
    try {
      List<CompletableFuture<Long>> answers =
          members.stream()
              .map(member -> CompletableFuture.supplyAsync(() -> answered(member), this::onThread))
              .toList();
      long last = exec;
      for (CompletableFuture<Long> answer : answers) {
        last = Math.max(last, answer.join());
      }
      table.add(StartFigure.CLUSTER, kind, seconds(last - exec));
    } finally {
      members.forEach(ServerProcess::kill);
      for (StartServers.Place place : places) {
        place.close();
      }
    }
  }

  private void onThread(Runnable task) {
    new Thread(task, "client of a member").start();
  }

  private long answered(ServerProcess member) {
    try {
      return client.grpc(member, get());
    } catch (IOException | InterruptedException e) {
      throw new CompletionException(e);
    }
  }

  static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
