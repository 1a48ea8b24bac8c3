package io.kvorum.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A member of a cluster on this machine: its name, its places, and its process while there is one.
 * Confined to one thread.
 */
public final class LocalMember implements AutoCloseable {
  private final String name;
  private final Path dataDirectory;
  private final URI client;
  private final Map<String, String> environment;
  private URI peer;
  private @Nullable ServerProcess process;

  LocalMember(String name, Path dataDirectory, Map<String, String> environment) throws IOException {
    this.name = name;
    this.dataDirectory = dataDirectory;
    this.environment = environment;
    this.client = ServerProcess.freeAddress();
    this.peer = ServerProcess.freeAddress();
  }

  public String name() {
    return name;
  }

  public URI client() {
    return client;
  }

  public URI peer() {
    return peer;
  }

  public Path dataDirectory() {
    return dataDirectory;
  }

  /** Listens for other members elsewhere from the next start on. */
  public void moveTo(URI newPeer) {
    peer = newPeer;
  }

  /** Starts it, and does not wait for it. */
  public ServerProcess launch(List<String> flags) throws IOException {
    List<String> all = new ArrayList<>(flags);
    all.add("--kvorum-admin-url=" + ServerProcess.freeAddress());
    ServerProcess started =
        ServerProcess.launch(
            ServerKind.KVORUM.command(name, dataDirectory, client, peer, all),
            dataDirectory,
            client,
            environment);
    process = started;
    return started;
  }

  /** The process that was started last. */
  public ServerProcess process() {
    if (process == null) {
      throw new IllegalStateException(name + " was not started");
    }
    return process;
  }

  public boolean isRunning() {
    return process != null && process.alive();
  }

  /** Sends SIGTERM, and waits for the end, which must be an orderly one. */
  public void stop() throws InterruptedException {
    int status = process().terminate(Duration.ofMinutes(1));
    if (status != 0) {
      throw new IllegalStateException(
          name + " ended with status " + status + process().lastOutput());
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.kill();
    }
  }
}
