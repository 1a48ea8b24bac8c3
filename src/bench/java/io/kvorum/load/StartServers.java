package io.kvorum.load;

import io.kvorum.testing.Pause;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Starts servers for {@code bench/start} and {@code bench/sizing}, each in a directory of its own
 * that does not outlast it. Thread-safe.
 */
final class StartServers {
  private static final long CHILD_APPEARS_MILLIS = 3_000;
  private static final long CHILD_ENDS_MILLIS = 150_000;
  private static final long POLL_MILLIS = 100;

  private final Path data;
  private final Map<String, String> environment;
  private final AtomicInteger number = new AtomicInteger();

  StartServers(Path data, String jvmArgs) {
    this.data = data.toAbsolutePath();
    this.environment = Map.of("JVM_ARGS", jvmArgs);
  }

  /** The same with other options of the JVM, for places that exist already. */
  StartServers withJvmArgs(String jvmArgs) {
    return new StartServers(data, jvmArgs);
  }

  /** A place that does not exist yet. */
  Place place(ServerKind kind) {
    String name = kind.name().toLowerCase(Locale.ROOT) + number.incrementAndGet();
    return new Place(kind, data.resolve(name), Ports.freeUrl(), Ports.freeUrl());
  }

  /** Starts the only member of a cluster, without waiting. */
  ServerProcess launch(Place place) throws IOException {
    return ServerProcess.launch(
        place.kind(),
        place.directory(),
        place.client(),
        place.peer(),
        List.of("--quota-backend-bytes", String.valueOf(64L << 30)),
        environment);
  }

  /** Starts the members of a cluster together, without waiting. */
  List<ServerProcess> launch(List<Place> places) throws IOException {
    List<String> cluster = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      cluster.add("m" + i + "=" + places.get(i).peer());
    }
    List<ServerProcess> started = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      Place place = places.get(i);
      List<String> command =
          place
              .kind()
              .command(
                  "m" + i,
                  place.directory(),
                  place.client(),
                  place.peer(),
                  List.of("--initial-cluster", String.join(",", cluster)));
      Path output = data.resolve(place.directory().getFileName() + ".log");
      started.add(ServerProcess.launch(command, output, place.client(), environment));
    }
    return started;
  }

  /**
   * Waits until a member has no child process: the first one of an installation has one for a
   * while, which prepares what later starts are faster by.
   */
  static void awaitChildren(ServerProcess server) throws InterruptedException {
    Pause.of(CHILD_APPEARS_MILLIS);
    ProcessHandle process = ProcessHandle.of(server.pid()).orElseThrow();
    for (long waited = 0; waited < CHILD_ENDS_MILLIS; waited += POLL_MILLIS) {
      if (process.descendants().findAny().isEmpty()) {
        return;
      }
      Pause.of(POLL_MILLIS);
    }
    throw new IllegalStateException("the first start has not come to rest" + server.lastOutput());
  }

  /**
   * Where a server has its data and listens.
   *
   * @param directory its data; its output is beside
   */
  record Place(ServerKind kind, Path directory, URI client, URI peer) implements AutoCloseable {

    /** Deletes the data and the output. */
    @Override
    public void close() throws IOException {
      Files.deleteIfExists(directory.resolveSibling(directory.getFileName() + ".log"));
      if (Files.exists(directory)) {
        try (Stream<Path> files = Files.walk(directory)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    }
  }
}
