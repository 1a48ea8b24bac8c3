package io.kvorum.load;

import io.kvorum.testing.Pause;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Measures what a server holds a minute after its start, and a minute after a minute of puts. Two
 * servers may be measured at the same time, as idle ones do not disturb each other; only one at a
 * time is under load. Thread-safe.
 */
final class StartMemory {
  private static final long MINUTE_MILLIS = TimeUnit.MINUTES.toMillis(1);
  private static final double BYTES_PER_MB = 1e6;
  private static final List<String> PUTS =
      List.of(
          "--scenario",
          "put",
          "--in-flight",
          "128",
          "--connections",
          "8",
          "--warmup",
          "0",
          "--seconds",
          "60");

  private final StartServers servers;
  private final Network network;
  private final StartTable table;
  private final ReentrantLock underLoad = new ReentrantLock(true);

  StartMemory(StartServers servers, Network network, StartTable table) {
    this.servers = servers;
    this.network = network;
    this.table = table;
  }

  /** One server; each of both figures if it is wanted. */
  void measure(ServerKind kind, boolean idle, boolean loaded)
      throws IOException, InterruptedException {
    try (StartServers.Place place = servers.place(kind)) {
      ServerProcess server = servers.launch(place);
      try {
        server.awaitReady();
        if (idle) {
          Pause.of(MINUTE_MILLIS);
          add(server, kind, StartFigure.IDLE, StartFigure.IDLE_SHARE);
        }
        if (loaded) {
          load(server, kind);
          Pause.of(MINUTE_MILLIS);
          add(server, kind, StartFigure.LOADED, StartFigure.LOADED_SHARE);
        }
      } finally {
        server.kill();
      }
    }
  }

  private void load(ServerProcess server, ServerKind kind)
      throws IOException, InterruptedException {
    underLoad.lock();
    try {
      LoadResult result = new Contender(kind, List.of(server), network).load("puts", PUTS);
      if (result.errors() > 0) {
        throw new IllegalStateException("failed puts, the first: " + result.firstError());
      }
      table.add(StartFigure.LOADED_RATE, kind, result.perSecond());
    } finally {
      underLoad.unlock();
    }
  }

  private void add(ServerProcess server, ServerKind kind, StartFigure whole, StartFigure share)
      throws IOException {
    Resident resident = Resident.of(server.pid());
    table.add(whole, kind, resident.bytes() / BYTES_PER_MB);
    table.add(share, kind, resident.proportionalBytes() / BYTES_PER_MB);
  }
}
