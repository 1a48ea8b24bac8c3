package io.kvorum.boot.launcher;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.kvorum.boot.config.FlagValues;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.support.Threads;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Starts a member and its container in an empty directory, uses the member once, by the command
 * line tool too, and stops both cleanly: the JVM around them records which classes that takes, and
 * Liberty leaves its work area. The ports are chosen on loopback, and nobody knows them. Ends with
 * the process that started it.
 *
 * <p>Held by: ClassArchiveIT.
 */
final class Training {
  private static final int MOST_SECONDS = 800;

  private static final List<String> TOOL_COMMANDS =
      List.of(
          "endpoint health",
          "endpoint status -w table",
          "endpoint status -w json --cluster",
          "member list -w fields",
          "alarm list");

  private Training() {}

  /**
   * Ends with status 0 if the member served.
   *
   * @param arguments an empty directory
   */
  public static void main(String[] arguments)
      throws LaunchException, InterruptedException, ExecutionException, TimeoutException {
    Liberty.claimJvm();
    Threads.daemon("deadline", Training::endAtLast).start();
    endWithParent();
    int client;
    int peer;
    try (Ports ports = new Ports()) {
      SecureRandom random = new SecureRandom();
      client = ports.takeAny(Endpoints.LOOPBACK, random);
      peer = ports.takeAny(Endpoints.LOOPBACK, random);
    }
    Launch launch = Launch.of(flags(Path.of(arguments[0]), client, peer));
    launch.start().get(MOST_SECONDS, TimeUnit.SECONDS);
    use(client);
    launch.container().start().stopAndKeepWorkArea();
    useTool(client);
    launch.process().stop();
    Runtime.getRuntime().exit(0);
  }

  private static FlagValues flags(Path directory, int client, int peer) throws LaunchException {
    String clientUrl = "http://" + Endpoints.LOOPBACK + ":" + client;
    String peerUrl = "http://" + Endpoints.LOOPBACK + ":" + peer;
    CommandLineFlags.Request request =
        new CommandLineFlags()
            .parse(
                "--data-dir=" + directory.resolve("data"),
                "--listen-client-urls=" + clientUrl,
                "--advertise-client-urls=" + clientUrl,
                "--listen-peer-urls=" + peerUrl,
                "--initial-advertise-peer-urls=" + peerUrl,
                "--initial-cluster=default=" + peerUrl,
                "--kvorum-admin-url=");
    if (request instanceof CommandLineFlags.Request.Run run) {
      return FlagValues.resolve(run.flags(), Map.of());
    }
    throw new IllegalStateException("not a start: " + request);
  }

  private static void use(int port) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(Endpoints.LOOPBACK, port).usePlaintext().build();
    try {
      KVGrpc.KVBlockingStub kv =
          KVGrpc.newBlockingStub(channel).withDeadlineAfter(MOST_SECONDS, TimeUnit.SECONDS);
      ByteString key = ByteString.copyFrom("training", StandardCharsets.UTF_8);
      kv.put(PutRequest.newBuilder().setKey(key).setValue(key).build());
      if (kv.range(RangeRequest.newBuilder().setKey(key).build()).getCount() != 1) {
        throw new IllegalStateException("the member has not stored what was put");
      }
    } finally {
      channel.shutdownNow();
    }
  }

  /** The archive is for {@code bin/kvorumctl} as well. */
  private static void useTool(int port) throws InterruptedException {
    String endpoint = "--endpoints=" + Endpoints.LOOPBACK + ":" + port;
    for (String command : TOOL_COMMANDS) {
      String[] words = (command + " " + endpoint).split(" ", -1);
      if (io.kvorum.ctl.Main.runSilently(words) != 0) {
        throw new IllegalStateException("kvorumctl " + command + " has failed");
      }
    }
  }

  /** Also if it was killed: nobody would want the archive. */
  private static void endWithParent() {
    ProcessHandle.current()
        .parent()
        .ifPresent(parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
  }

  private static void endAtLast() {
    try {
      TimeUnit.SECONDS.sleep(MOST_SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(1);
  }
}
