package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.kvorum.backup.Progress;
import io.kvorum.backup.SnapshotChanges;
import io.kvorum.backup.SnapshotFile;
import io.kvorum.backup.SnapshotHash;
import io.kvorum.backup.SnapshotStatus;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.testing.Await;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Pause;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real launcher, which backs up every second, and is killed at random moments, most of them
 * while it writes a backup, reads it back, renames it or deletes old ones. Each file with the name
 * of a backup is whole, and holds what was acknowledged up to its revision.
 *
 * <p>{@code -Dkvorum.backup.rounds=100} makes it long, {@code -Dkvorum.backup.seed} repeats the
 * choice of moments.
 */
@Paired
@Timeout(3600)
final class BackupKilledIT {
  private static final int KEEP = 3;
  private static final int LARGE_VALUES = 12;
  private static final int SMALL_KEYS = 10;
  private static final Duration SOON = Duration.ofSeconds(60);

  private final long seed = Long.getLong("kvorum.backup.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final URI client = Ports.freeUrl();
  private final URI peer = Ports.freeUrl();

  /** Values by the revision at which they were acknowledged. */
  private final NavigableMap<Long, String> acknowledged =
      Collections.synchronizedNavigableMap(new TreeMap<>());

  private final Set<String> inspected = new HashSet<>();

  @TempDir private Path directory;
  private Path backups;

  @Test
  void aMemberThatIsKilledAtAnyMomentLeavesWholeBackups() throws Exception {
    backups = directory.resolve("backups");
    int rounds = Integer.getInteger("kvorum.backup.rounds", 5);
    int interrupted = 0;
    try {
      for (int round = 0; round < rounds; round++) {
        interrupted += killWhileBackingUp(round) ? 1 : 0;
        inspectBackups();
      }
      endInPeace();
      inspectBackups();
      restoreTheNewest();
    } catch (AssertionError | Exception e) {
      throw new AssertionError("repeat with -Dkvorum.backup.seed=" + seed, e);
    }
    System.out.printf(
        "%d kills, %d of them within a file, %d backups inspected, seed %d%n",
        rounds, interrupted, inspected.size(), seed);
    assertThat(interrupted).isPositive();
  }

  /** Whether it has left a partial file. */
  private boolean killWhileBackingUp(int round) throws Exception {
    Set<String> left = Set.copyOf(partials());
    try (ServerProcess member = start(directory.resolve("m"))) {
      member.awaitReady();
      if (round == 0) {
        fill();
      }
      Thread writer = new Thread(() -> writeUntilTheEnd(round), "writer");
      writer.start();
      Set<String> before = Set.copyOf(names());
      boolean isLate = random.nextInt(3) == 0;
      String ending = isLate ? ".db" : ".partial";
      Await.until(
          "a backup " + (isLate ? "ends" : "begins") + member.lastOutput(),
          SOON,
          () -> names().stream().anyMatch(name -> name.endsWith(ending) && !before.contains(name)));
      assertThat(Collections.disjoint(partials(), left))
          .as("nothing left by the former process, %s", left)
          .isTrue();
      Pause.of(random.nextInt(isLate ? 50 : 500));
      member.kill();
      writer.join(SOON.toMillis());
      assertThat(writer.isAlive()).isFalse();
    }
    return !partials().isEmpty();
  }

  private void endInPeace() throws Exception {
    Set<String> before = Set.copyOf(names());
    try (ServerProcess member = start(directory.resolve("m"))) {
      member.awaitReady();
      Await.until(
          "a new backup, and no more than are to be kept" + member.lastOutput(),
          SOON,
          () -> !before.containsAll(finished()) && finished().size() == KEEP);
      assertThat(member.terminate()).isZero();
      assertThat(member.complaints()).isEmpty();
    }
    assertThat(partials()).as("left by a clean stop").isEmpty();
  }

  private ServerProcess start(Path data) throws IOException {
    return ServerProcess.launch(
        ServerKind.KVORUM.command(
            data,
            client,
            peer,
            List.of(
                "--backup-interval=1s",
                "--backup-dir=" + backups,
                "--backup-keep=" + KEEP,
                "--kvorum-admin-url=")),
        directory.resolve("m.log"),
        client,
        Map.of("JVM_ARGS", "-Xmx256m"));
  }

  /** So much that a backup takes a while. */
  private void fill() {
    byte[] letters = new byte[1_000_000];
    try (Client writer = new Client(client)) {
      for (int i = 0; i < LARGE_VALUES; i++) {
        for (int at = 0; at < letters.length; at++) {
          letters[at] = (byte) ('a' + random.nextInt(26));
        }
        put(writer, "large" + i, new String(letters, StandardCharsets.US_ASCII));
      }
    }
  }

  private void put(Client writer, String key, String value) {
    acknowledged.put(writer.perform(new Write.Put(key, value, 0)).revision(), value);
  }

  private void writeUntilTheEnd(int round) {
    try (Client writer = new Client(client)) {
      for (int i = 0; true; i++) {
        put(writer, "small" + i % SMALL_KEYS, round + "/" + i);
        Pause.of(1);
      }
    } catch (StatusRuntimeException killed) {
      // Whether the last one happened is open.
      assertThat(killed.getStatus().isOk()).isFalse();
    }
  }

  private void inspectBackups() throws IOException {
    assertThat(finished().size()).isLessThanOrEqualTo(KEEP + 1);
    for (String name : finished()) {
      if (inspected.add(name)) {
        inspect(backups.resolve(name));
      }
    }
  }

  private void inspect(Path file) throws IOException {
    SnapshotHash.verify(file, Progress.NONE);
    long revision = SnapshotStatus.of(file, Progress.NONE).revision();
    assertThat(file.toString()).endsWith("-" + revision + ".db");
    Map<Long, String> missing = new TreeMap<>(acknowledged.headMap(revision, true));
    try (SnapshotFile snapshot = SnapshotFile.open(file)) {
      SnapshotChanges changes = snapshot.changes();
      for (Change change = changes.next(); change != null; change = changes.next()) {
        KeyValue kv = change.kv();
        String expected = missing.remove(kv.modRevision());
        if (expected != null) {
          assertThat(kv.value().toUtf8().equals(expected))
              .as("value at revision %d of %s", kv.modRevision(), file)
              .isTrue();
        }
      }
    }
    assertThat(missing.keySet()).as("acknowledged, and not in %s", file).isEmpty();
  }

  private void restoreTheNewest() throws Exception {
    Path newest = backups.resolve(finished().get(KEEP - 1));
    long revision = SnapshotStatus.of(newest, Progress.NONE).revision();
    Path data = directory.resolve("restored");
    Process restore =
        new ProcessBuilder(
                ServerKind.projectRoot().resolve("bin/kvorumctl").toString(),
                "snapshot",
                "restore",
                newest.toString(),
                "--data-dir=" + data,
                "--name=m0",
                "--initial-cluster=m0=" + peer,
                "--initial-advertise-peer-urls=" + peer)
            .inheritIO()
            .start();
    assertThat(restore.waitFor()).isZero();
    backups = directory.resolve("backups-of-the-restored");
    try (ServerProcess member = start(data);
        Client reader = new Client(client)) {
      member.awaitReady();
      assertThat(reader.status().getHeader().getRevision()).isEqualTo(revision);
      for (int i = 0; i < SMALL_KEYS; i++) {
        var kv = reader.get("small" + i, false).getKvs(0);
        assertThat(kv.getModRevision()).isLessThanOrEqualTo(revision);
        assertThat(acknowledged.getOrDefault(kv.getModRevision(), kv.getValue().toStringUtf8()))
            .isEqualTo(kv.getValue().toStringUtf8());
      }
      assertThat(member.terminate()).isZero();
    }
  }

  private List<String> names() throws IOException {
    if (!Files.exists(backups)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(backups)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private List<String> finished() throws IOException {
    return names().stream().filter(name -> name.endsWith(".db")).toList();
  }

  private List<String> partials() throws IOException {
    return names().stream().filter(name -> name.endsWith(".partial")).toList();
  }
}
