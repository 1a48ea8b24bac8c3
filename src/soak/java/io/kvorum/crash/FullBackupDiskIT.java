package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.backup.Progress;
import io.kvorum.backup.SnapshotHash;
import io.kvorum.testing.Await;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real launcher, whose backups go to a separate disk that fills up. */
@Timeout(600)
final class FullBackupDiskIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int VALUES = 10;
  private static final int VALUE_BYTES = 1_000_000;

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI client = Ports.freeUrl();

  @TempDir private Path directory;
  private Path backups;
  private SmallDisk disk;

  @BeforeEach
  void mountASmallDisk() throws Exception {
    backups = Files.createDirectory(directory.resolve("backups"));
    disk = SmallDisk.mount(backups, "32m");
  }

  @AfterEach
  void unmount() throws Exception {
    disk.close();
  }

  @Test
  void aFullDiskOfBackupsCostsBackupsAlone() throws Exception {
    try (ServerProcess member = start();
        Client writer = new Client(client)) {
      member.awaitReady();
      for (int i = 0; i < VALUES; i++) {
        writer.perform(new Write.Put("key" + i, "v".repeat(VALUE_BYTES), 0));
      }
      Await.until(
          "the disk is full" + member.lastOutput(),
          SOON,
          () -> metric("kvorum_backups_total\\{result=\"failure\"}") > 0);
      List<Path> before = files();
      assertThat(before).isNotEmpty().allMatch(file -> file.toString().endsWith(".db"));
      member.awaitLogged("no space left: ");
      double newest = metric("kvorum_backup_newest_timestamp_seconds");

      writer.perform(new Write.Put("while", "it is full", 0));
      double failures = metric("kvorum_backups_total\\{result=\"failure\"}");
      Await.until(
          "it is tried again",
          SOON,
          () -> metric("kvorum_backups_total\\{result=\"failure\"}") > failures);
      assertThat(metric("kvorum_backup_newest_timestamp_seconds")).isEqualTo(newest);
      assertThat(member.alive()).isTrue();
      for (Path file : before) {
        SnapshotHash.verify(file, Progress.NONE);
      }
      assertThat(member.terminate()).as("while it is full").isZero();
    }
    try (ServerProcess member = start()) {
      member.awaitReady();
      disk.resize("256m");
      Await.until(
          "there is a backup again" + member.lastOutput(),
          SOON,
          () -> metric("kvorum_backups_total\\{result=\"success\"}") > 0);
      assertThat(member.terminate()).isZero();
    }
  }

  private ServerProcess start() throws IOException {
    return ServerProcess.launch(
        ServerKind.KVORUM.command(
            directory.resolve("m"),
            client,
            Ports.freeUrl(),
            List.of(
                "--backup-interval=1s",
                "--backup-dir=" + backups,
                "--backup-keep=100",
                "--kvorum-admin-url=")),
        directory.resolve("m.log"),
        client,
        Map.of("JVM_ARGS", "-Xmx256m"));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(backups)) {
      return files.toList();
    }
  }

  private double metric(String pattern) throws IOException, InterruptedException {
    String page =
        http.send(
                HttpRequest.newBuilder(client.resolve("/metrics")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    Matcher line = Pattern.compile("^" + pattern + " (\\S+)$", Pattern.MULTILINE).matcher(page);
    assertThat(line.find()).as(pattern).isTrue();
    return Double.parseDouble(line.group(1));
  }
}
