package io.kvorum.crash;

import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One member of a {@link Cluster}, over its many lives. Not thread-safe. */
final class ClusterMember implements AutoCloseable {

  private static final Duration START_AT_MOST =
      Duration.ofSeconds(Long.getLong("kvorum.start.seconds", 240));
  private static final Duration ANSWER_AT_MOST = Duration.ofSeconds(3);
  private static final Duration STOP_AT_MOST = Duration.ofSeconds(30);

  private final String name;
  private final Path output;
  private final Place place;
  private final Path data;
  private final String initialCluster;
  private final Map<String, String> environment;
  private @Nullable ServerProcess process;
  private boolean paused;

  /**
   * A member that does not run yet.
   *
   * @param data its directory; what it says in all its lives goes to a file beside the parent
   */
  ClusterMember(
      String name, Place place, Path data, String initialCluster, Map<String, String> environment) {
    this.name = name;
    this.output = data.getParent().resolveSibling(name + ".log");
    this.place = place;
    this.data = data;
    this.initialCluster = initialCluster;
    this.environment = environment;
  }

  String name() {
    return name;
  }

  URI endpoint() {
    return place.client();
  }

  boolean runs() {
    return process != null && process.alive() && !paused;
  }

  /** Starts it and does not wait. */
  void start() throws IOException {
    process =
        ServerProcess.launch(
            place.command(name, data, initialCluster), data, output, place.client(), environment);
  }

  /** Waits until it answers a read that needs a leader and a quorum. */
  void awaitServing() {
    Pause.untilTrue(
        name + " serves linearizable reads" + running().lastOutput(),
        START_AT_MOST,
        () -> {
          if (!running().alive()) {
            throw new IllegalStateException(name + " has ended" + running().lastOutput());
          }
          try (Client client = new Client(endpoint(), ANSWER_AT_MOST)) {
            client.get("any", false);
            return true;
          }
        });
  }

  StatusResponse status() {
    try (Client client = new Client(endpoint(), ANSWER_AT_MOST)) {
      return client.status();
    }
  }

  void kill() {
    running().kill();
    paused = false;
  }

  /** SIGTERM; it must end with status 0. */
  void terminate() throws InterruptedException {
    int status = running().terminate(STOP_AT_MOST);
    if (status != 0) {
      throw new AssertionError(name + " ended with " + status + running().lastOutput());
    }
  }

  /** Waits until it ends by itself; the exit status. */
  int awaitEnd() throws InterruptedException {
    return running().awaitExit(START_AT_MOST);
  }

  void pause() throws InterruptedException {
    paused = true;
    SystemCommand.run("kill", "-STOP", Long.toString(running().pid()));
  }

  void resume() throws InterruptedException {
    SystemCommand.run("kill", "-CONT", Long.toString(running().pid()));
    paused = false;
  }

  String lastOutput() {
    return process == null ? "" : process.lastOutput();
  }

  private ServerProcess running() {
    if (process == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return process;
  }

  @Override
  public void close() throws InterruptedException {
    if (process != null) {
      if (paused && process.alive()) {
        resume();
      }
      process.close();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
