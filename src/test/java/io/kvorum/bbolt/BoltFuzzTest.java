package io.kvorum.bbolt;

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
 * Damages files at random: the reader and the check give a result or a {@link BoltException} with
 * one line, and read no more than the file could hold.
 */
class BoltFuzzTest {
  private static final int CASES = 3_000;
  private static final int PAGE = BoltFormat.PAGE_BYTES;

  @TempDir private Path directory;

  @Test
  void damageIsAClearErrorOrAResult() throws IOException {
    byte[] one = sample(1);
    byte[] other = sample(2);
    Path path = directory.resolve("db");
    int refused = 0;
    for (long seed = 0; seed < CASES; seed++) {
      Random random = new Random(seed);
      byte[] file = damaged(random, one.clone(), other);
      Files.write(path, file);
      try {
        refused += isRefused(path, file.length) ? 1 : 0;
      } catch (RuntimeException | Error unexpected) {
        fail("seed " + seed, unexpected);
      }
    }
    assertThat(refused).isBetween(CASES / 5, CASES);
  }

  private static byte[] sample(long seed) throws IOException {
    Random random = new Random(seed);
    return BoltFiles.bytes(
        LargeBucket.random("key", 6, 20, random),
        LargeBucket.random("lease", 2, 20, random),
        LargeBucket.random("long", 3, 1_000, random));
  }

  private static byte[] damaged(Random random, byte[] file, byte[] other) {
    int steps = 1 + random.nextInt(4);
    byte[] damaged = file;
    for (int i = 0; i < steps; i++) {
      damaged = step(random, damaged, other);
    }
    return damaged;
  }

  private static byte[] step(Random random, byte[] file, byte[] other) {
    int pages = Math.max(file.length / PAGE, 1);
    int page = random.nextInt(pages) * PAGE;
    switch (random.nextInt(6)) {
      case 0 -> file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
      case 1 -> {
        // The head of a page, or one of its first elements, is where it hurts.
        int at = Math.min(page + random.nextInt(80), file.length - 1);
        file[at] = (byte) random.nextInt(256);
      }
      case 2 -> {
        int at = Math.min(page + 4 * random.nextInt(20), file.length - 4);
        BoltFormat.littleEndian(file).putInt(Math.max(at, 0), extreme(random));
      }
      case 3 -> {
        int from = random.nextInt(other.length / PAGE) * PAGE;
        int length = Math.min(PAGE, file.length - page);
        System.arraycopy(other, from, file, page, length);
      }
      case 4 -> {
        int from = random.nextInt(pages) * PAGE;
        int length = Math.min(PAGE, file.length - Math.max(page, from));
        System.arraycopy(file, from, file, page, length);
      }
      default -> {
        return Arrays.copyOf(file, Math.max(200, random.nextInt(file.length)));
      }
    }
    return repaired(random, file);
  }

  /** Most damage to a meta would only be found by its checksum. */
  private static byte[] repaired(Random random, byte[] file) {
    if (random.nextBoolean() && file.length >= 2 * PAGE) {
      for (int meta = 0; meta < 2; meta++) {
        var bytes = BoltFormat.littleEndian(file);
        var slice = bytes.slice(meta * PAGE, BoltFormat.META_END).order(bytes.order());
        slice.putLong(BoltFormat.META_CHECKSUM_AT, BoltFormat.checksum(slice));
      }
    }
    return file;
  }

  private static int extreme(Random random) {
    int[] values = {0, -1, 1, 16, Integer.MAX_VALUE, Integer.MIN_VALUE, 0xFFFF, 65_536, 4096};
    return random.nextInt(3) == 0 ? random.nextInt(400) : values[random.nextInt(values.length)];
  }

  private static boolean isRefused(Path path, long length) throws IOException {
    try (BoltFile file = BoltFile.open(path)) {
      BoltCheck.Result result =
          BoltCheck.check(
              file,
              bytes -> {
                if (bytes > length) {
                  throw new AssertionError(bytes + " bytes of " + length);
                }
              });
      result.errors().forEach(BoltFuzzTest::assertOneLine);
      BoltCursor buckets = file.root();
      while (buckets.next()) {
        if (buckets.isBucket()) {
          if (bytesIn(buckets.bucket()) > length) {
            throw new AssertionError("more than the file has");
          }
        }
      }
      return !result.isSound();
    } catch (BoltException refused) {
      assertOneLine(String.valueOf(refused.getMessage()));
      return true;
    }
  }

  private static long bytesIn(BoltCursor cursor) throws IOException {
    long bytes = 0;
    while (cursor.next()) {
      bytes += cursor.key().length + cursor.value().length;
    }
    return bytes;
  }

  private static void assertOneLine(String message) {
    if (message.isBlank() || message.contains("\n") || message.length() > 200) {
      throw new AssertionError(message);
    }
  }
}
