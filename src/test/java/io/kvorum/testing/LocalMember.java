package io.kvorum.testing;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A member of a {@link LocalCluster} over its many lives: its name, its place, its directory, and
 * its process while there is one. Confined to one thread.
 */
public final class LocalMember implements AutoCloseable {
  private static final Duration ANSWER_AT_MOST = Duration.ofSeconds(3);
  private static final Duration STOP_AT_MOST = Duration.ofMinutes(1);

  private final String name;
  private final Path dataDirectory;
  private final Path output;
  private final Map<String, String> environment;
  private Place place;
  private @Nullable ServerProcess process;
  private boolean isPaused;

  LocalMember(
      String name, Place place, Path dataDirectory, Path output, Map<String, String> environment) {
    this.name = name;
    this.place = place;
    this.dataDirectory = dataDirectory;
    this.output = output;
    this.environment = environment;
  }

  public String name() {
    return name;
  }

  /** The URL for clients. */
  public URI client() {
    return place.client();
  }

  /** The URL for other members. */
  public URI peer() {
    return place.peer();
  }

  public Path dataDirectory() {
    return dataDirectory;
  }

  /** Listens for other members at another URL from the next start on. */
  public void moveTo(URI newPeer) {
    place = place.withPeer(newPeer);
  }

  /** Starts it without waiting. */
  public ServerProcess launch(List<String> flags) throws IOException {
    List<String> all = new ArrayList<>(flags);
    all.add("--kvorum-admin-url=" + place.admin());
    List<String> command = new ArrayList<>(place.prefix());
    command.addAll(ServerKind.KVORUM.command(name, dataDirectory, client(), peer(), all));
    ServerProcess started = ServerProcess.launch(command, output, client(), environment);
    process = started;
    isPaused = false;
    return started;
  }

  /** The process that was started last. */
  public ServerProcess process() {
    if (process == null) {
      throw new IllegalStateException(name + " was not started");
    }
    return process;
  }

  /** True while its process runs and is not paused. */
  public boolean isRunning() {
    return process != null && process.alive() && !isPaused;
  }

  /** Waits until it answers a read that needs a leader and a quorum. */
  public void awaitServing() {
    Await.until(
        name + " serves linearizable reads" + process().lastOutput(),
        ServerProcess.PATIENCE,
        () -> {
          ManagedChannel channel = Channels.to(client());
          try {
            RangeRequest read =
                RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("any")).build();
            KVGrpc.newBlockingStub(channel)
                .withDeadlineAfter(ANSWER_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
                .range(read);
            return true;
          } finally {
            channel.shutdownNow();
          }
        });
  }

  /** What it reports of itself. */
  public StatusResponse status() {
    ManagedChannel channel = Channels.to(client());
    try {
      return MaintenanceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(ANSWER_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
          .status(StatusRequest.getDefaultInstance());
    } finally {
      channel.shutdownNow();
    }
  }

  /** Sends SIGTERM and waits for the end, which must be an orderly one. */
  public void stop() throws InterruptedException {
    int status = process().terminate(STOP_AT_MOST);
    if (status != 0) {
      throw new IllegalStateException(
          name + " ended with status " + status + process().lastOutput());
    }
  }

  /** Sends SIGKILL and waits for the end. */
  public void kill() {
    process().kill();
  }

  /** Sends SIGSTOP. */
  public void pause() throws InterruptedException {
    isPaused = true;
    SystemCommand.run("kill", "-STOP", Long.toString(process().pid()));
  }

  /** Sends SIGCONT. */
  public void resume() throws InterruptedException {
    SystemCommand.run("kill", "-CONT", Long.toString(process().pid()));
    isPaused = false;
  }

  /** The last lines that it printed, to be appended to a failure. */
  public String lastOutput() {
    return process == null ? "" : process.lastOutput();
  }

  /** Kills it if it runs. */
  @Override
  public void close() {
    if (process != null) {
      process.kill();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
