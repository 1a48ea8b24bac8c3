package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Directories of a member that are mount points, as of a volume of their own, with the {@code
 * lost+found} that such a volume comes with. They are mounted where only the member sees them.
 */
@Timeout(900)
final class MountPointIT {
  @TempDir private Path directory;

  private final URI client = Ports.freeUrl();
  private final URI peer = Ports.freeUrl();
  private Optional<Process> holder = Optional.empty();

  @AfterEach
  void unmount() throws InterruptedException {
    if (holder.isPresent()) {
      holder.get().destroyForcibly().waitFor();
    }
  }

  @Test
  void theLogMayBeAMountPoint() throws Exception {
    Path data = directory.resolve("m");
    Path wal = Files.createDirectory(directory.resolve("wal"));
    List<String> mounted = mount(wal);
    List<String> flags = List.of("--wal-dir=" + wal);
    assertThatItKeepsWhatItAcknowledged(mounted, data, flags);
    assertThat(names(directory)).containsExactly("m", "m.log", "wal");
    assertThat(wal).as("what is under the mount").isEmptyDirectory();
    try (ServerProcess unmounted = launch(List.of(), data, flags)) {
      assertThat(unmounted.awaitExit()).as("with an empty log" + unmounted.lastOutput()).isOne();
    }
  }

  @Test
  void theDataMayBeAMountPoint() throws Exception {
    Path data = Files.createDirectory(directory.resolve("m"));
    assertThatItKeepsWhatItAcknowledged(mount(data), data, List.of());
    assertThat(names(directory)).containsExactly("m", "m.log");
  }

  private void assertThatItKeepsWhatItAcknowledged(
      List<String> mounted, Path data, List<String> flags) throws Exception {
    try (ServerProcess member = launch(mounted, data, flags)) {
      member.awaitReady();
      put("first");
      member.kill();
    }
    try (ServerProcess member = launch(mounted, data, flags)) {
      member.awaitReady();
      put("second");
      assertThat(member.terminate()).isZero();
    }
    try (ServerProcess member = launch(mounted, data, flags)) {
      member.awaitReady();
      assertThat(keys()).containsExactly("first", "second");
      assertThat(member.terminate()).isZero();
    }
  }

  /**
   * Mounts a new file system.
   *
   * @return what comes before the command of a process that sees it
   */
  private List<String> mount(Path place) throws IOException {
    for (String program : List.of("unshare", "nsenter", "mount")) {
      assumeThat(ServerKind.onPath(program)).as(program + ", to mount a file system").isPresent();
    }
    Process process =
        new ProcessBuilder(
                "unshare",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs tmpfs \"$0\" && mkdir \"$0/lost+found\" && echo mounted && read end",
                place.toString())
            .redirectErrorStream(true)
            .start();
    holder = Optional.of(process);
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assumeThat(output.readLine())
        .as("to mount a file system, in a user namespace")
        .isEqualTo("mounted");
    return List.of(
        "nsenter",
        "--target=" + process.pid(),
        "--user",
        "--mount",
        "--preserve-credentials",
        "--wdns=" + Path.of("").toAbsolutePath());
  }

  private ServerProcess launch(List<String> prefix, Path data, List<String> flags)
      throws IOException {
    List<String> all = new ArrayList<>(flags);
    all.add("--kvorum-admin-url=");
    List<String> command = new ArrayList<>(prefix);
    command.addAll(ServerKind.KVORUM.command(data, client, peer, all));
    return ServerProcess.launch(
        command, directory.resolve("m.log"), client, Map.of("JVM_ARGS", "-Xmx256m"));
  }

  private void put(String key) {
    ManagedChannel channel = Channels.to(client);
    try {
      KVGrpc.newBlockingStub(channel)
          .withDeadlineAfter(1, TimeUnit.MINUTES)
          .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build());
    } finally {
      channel.shutdownNow();
    }
  }

  private List<String> keys() {
    ManagedChannel channel = Channels.to(client);
    try {
      return KVGrpc.newBlockingStub(channel)
          .withDeadlineAfter(1, TimeUnit.MINUTES)
          .range(
              RangeRequest.newBuilder()
                  .setKey(ByteString.copyFrom(new byte[1]))
                  .setRangeEnd(ByteString.copyFrom(new byte[1]))
                  .setKeysOnly(true)
                  .build())
          .getKvsList()
          .stream()
          .map(pair -> pair.getKey().toStringUtf8())
          .toList();
    } finally {
      channel.shutdownNow();
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }
}
