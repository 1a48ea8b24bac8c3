package io.kvorum.boot.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A stock etcd 3.4 moves into a Kvorum while it is written to, with {@code kvorumctl import}. */
@Paired
@Timeout(600)
final class ImportIT {
  private static final int STEPS = 300;

  @TempDir private Path directory;

  private final URI peer = Ports.freeUrl();

  private Process startImport(ServerProcess source, String... flags) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                ServerKind.projectRoot().resolve("bin/kvorumctl").toString(),
                "import",
                "--from=" + source.endpoint(),
                "--data-dir=" + data(),
                "--name=m0",
                "--initial-advertise-peer-urls=" + peer));
    command.addAll(List.of(flags));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile());
    builder.environment().put("JVM_ARGS", "-Xmx192m");
    return builder.start();
  }

  private Path data() {
    return directory.resolve("data");
  }

  private String output() throws IOException {
    return Files.readString(directory.resolve("output"));
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private void awaitEnd(Process process) throws Exception {
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output()).isZero();
  }

  private StoreContent served(long compacted) throws Exception {
    try (ServerProcess server =
        ServerProcess.start(
            ServerKind.KVORUM,
            data(),
            Ports.freeUrl(),
            peer,
            List.of(),
            Map.of("JVM_ARGS", "-Xmx192m"))) {
      ManagedChannel channel = Channels.to(server.endpoint());
      try {
        return StoreContent.of(channel, compacted);
      } finally {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      }
    }
  }

  private static void assertSame(StoreContent copy, StoreContent source) {
    assertThat(copy.revision()).isEqualTo(source.revision());
    assertThat(new TreeMap<>(copy.states())).isEqualTo(source.states());
    assertThat(copy.leases()).isEqualTo(source.leases());
  }

  @Test
  void whatIsWrittenMeanwhileIsThereAtItsRevision() throws Exception {
    try (ServerProcess etcd = source()) {
      ManagedChannel channel = Channels.to(etcd.endpoint());
      RandomHistory history = new RandomHistory(channel, new Random(5));
      history.write(STEPS);
      Process copying = startImport(etcd);
      Await.until(
          "the import follows",
          ServerProcess.PATIENCE,
          () -> !copying.isAlive() || output().contains("following;"));
      history.write(STEPS);
      copying.destroy();
      awaitEnd(copying);
      StoreContent source = StoreContent.of(channel, history.compacted());
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      assertSame(served(history.compacted()), source);
    }
  }

  @Test
  void anImportThatHasCaughtUpEndsByItself() throws Exception {
    try (ServerProcess etcd = source()) {
      ManagedChannel channel = Channels.to(etcd.endpoint());
      RandomHistory history = new RandomHistory(channel, new Random(6));
      history.write(STEPS);
      awaitEnd(startImport(etcd, "--until-caught-up"));
      assertThat(left()).containsExactlyInAnyOrder("etcd", "etcd.log", "data", "output");
      StoreContent source = StoreContent.of(channel, history.compacted());
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      assertSame(served(history.compacted()), source);
    }
  }

  @Test
  void anImportThatIsKilledLeavesNoDataDirectoryAndTheNextOneSucceeds() throws Exception {
    try (ServerProcess etcd = source()) {
      ManagedChannel channel = Channels.to(etcd.endpoint());
      RandomHistory history = new RandomHistory(channel, new Random(7));
      history.write(STEPS);
      Process copying = startImport(etcd);
      Await.until(
          "the import follows",
          ServerProcess.PATIENCE,
          () -> !copying.isAlive() || output().contains("following;"));
      copying.destroyForcibly().waitFor();
      assertThat(data()).doesNotExist();
      awaitEnd(startImport(etcd, "--until-caught-up"));
      StoreContent source = StoreContent.of(channel, history.compacted());
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      assertSame(served(history.compacted()), source);
    }
  }

  private ServerProcess source() throws Exception {
    return ServerProcess.start(ServerKind.ETCD, directory.resolve("etcd"), List.of(), Map.of());
  }
}
