package io.kvorum.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages the content of snapshot files at random: what is read of them is a result or a failure
 * with one line.
 */
class SnapshotFuzzTest {
  private static final int CASES = 2_000;

  @TempDir private Path directory;

  @Test
  void damageIsAClearErrorOrAResult() throws IOException {
    byte[] sample =
        SnapshotBuilder.withAllBuckets()
            .put(2, "a", "1")
            .put(3, 0, "b", "1", 3, 1, 77)
            .put(4, 0, "a", "2", 2, 2, 0)
            .delete(5, "b")
            .bump(1005)
            .compacted(4, 3)
            .lease(77, 600)
            .hex("alarm", "08051002", "")
            .hex("auth", "61757468456E61626C6564", "00")
            .entry("authUsers", "u", "\n\1u")
            .entry("meta", "storageVersion", "3.6.0")
            .image();
    Path path = directory.resolve("s.db");
    int refused = 0;
    for (long seed = 0; seed < CASES; seed++) {
      Files.write(path, damaged(new Random(seed), sample.clone()));
      try {
        refused += isRefused(path) ? 1 : 0;
      } catch (RuntimeException | Error unexpected) {
        fail("seed " + seed, unexpected);
      }
    }
    assertThat(refused).isBetween(CASES / 5, CASES);
  }

  /** Most pages are nearly empty: the beginnings of pages hold what there is. */
  private static byte[] damaged(Random random, byte[] file) {
    int steps = 1 + random.nextInt(3);
    for (int i = 0; i < steps; i++) {
      int page = 2 + random.nextInt(file.length / 4096 - 2);
      int at = page * 4096 + random.nextInt(300);
      switch (random.nextInt(3)) {
        case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> file[at] = (byte) random.nextInt(256);
        default -> Arrays.fill(file, at, at + random.nextInt(12), (byte) random.nextInt(256));
      }
    }
    return file;
  }

  private static boolean isRefused(Path path) {
    boolean refused = isRefused(() -> SnapshotStatus.of(path, Progress.NONE));
    try (SnapshotFile file = SnapshotFile.open(path)) {
      refused |= isRefused(file::state);
      SnapshotChanges changes = file.changes();
      refused |=
          isRefused(
              () -> {
                int count = 0;
                while (changes.next() != null) {
                  count++;
                }
                return count;
              });
    } catch (IOException failure) {
      return assertOneLine(failure);
    }
    return refused;
  }

  private static boolean isRefused(Reading reading) {
    try {
      assertThat(reading.read()).isNotNull();
      return false;
    } catch (IOException failure) {
      return assertOneLine(failure);
    }
  }

  private static boolean assertOneLine(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    if (message.isBlank() || message.contains("\n") || message.length() > 300) {
      throw new AssertionError(message, failure);
    }
    return true;
  }

  /** Reads something of a file. */
  private interface Reading {
    Object read() throws IOException;
  }
}
