package io.kvorum.boot.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.backup.SnapshotBuilder;
import io.kvorum.support.DurableFiles;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Pause;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Restores that are killed at many points: there is no data directory until it is whole, and the
 * next attempt succeeds whatever the one before it has left.
 */
@Paired
@Timeout(600)
final class RestoreKilledIT {
  @TempDir private Path directory;

  @Test
  void aRestoreThatIsKilledLeavesNoDataDirectory() throws Exception {
    Path snapshot = snapshot();
    Path data = directory.resolve("data");
    Path wal = directory.resolve("wal");
    Random random = new Random(11);
    int killed = 0;
    for (int round = 0; round < 8; round++) {
      boolean isRestored = run(snapshot, data, wal, random.nextInt(14), random.nextInt(400));
      if (isRestored) {
        break;
      }
      killed++;
      assertThat(data).as("round %d", round).doesNotExist();
      assertThat(names(directory)).isSubsetOf("s.db", "data.restoring", "wal.restoring", "wal");
      DurableFiles.deleteTree(wal);
    }
    assertThat(killed).isPositive();
    if (!Files.exists(data)) {
      assertThat(run(snapshot, data, wal, Integer.MAX_VALUE, 0)).isTrue();
    }
    assertThat(names(directory)).containsExactly("data", "s.db", "wal");
    assertThat(data.resolve("member/identity.properties")).exists();
  }

  @Test
  void aDirectoryThatIsThereStaysEmptyForAStart() throws Exception {
    Path snapshot = snapshot();
    Path data = Files.createDirectory(directory.resolve("data"));
    for (int lines : new int[] {2, 9}) {
      assertThat(run(snapshot, data, null, lines, 50)).isFalse();
      assertThat(names(data)).isSubsetOf(".restoring");
    }
    assertThat(run(snapshot, data, null, Integer.MAX_VALUE, 0)).isTrue();
    assertThat(names(data)).containsExactly("member");
  }

  /** Kills it some time after a number of lines; whether it had restored. */
  private static boolean run(Path snapshot, Path data, @Nullable Path wal, int lines, int millis)
      throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                RestoreProcess.class.getName(),
                snapshot.toString(),
                data.toString()));
    if (wal != null) {
      command.add(wal.toString());
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader said = process.inputReader()) {
      String line = said.readLine();
      for (int read = 1; line != null && read < lines; read++) {
        line = said.readLine();
      }
      if (line != null && !line.equals("restored")) {
        Pause.of(millis);
        process.destroyForcibly();
      }
      process.waitFor();
    }
    return process.exitValue() == 0;
  }

  private Path snapshot() throws IOException {
    SnapshotBuilder builder = SnapshotBuilder.withAllBuckets();
    for (int i = 0; i < 60; i++) {
      builder.put(2 + i, "key" + i, "v".repeat(200_000));
    }
    return builder.write(directory.resolve("s.db"));
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }
}
