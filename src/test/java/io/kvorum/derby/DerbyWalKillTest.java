package io.kvorum.derby;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.WriteAheadLog.Recovered;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 while the log is being written: what was flushed is there, whatever the moment. */
class DerbyWalKillTest {
  private static final int ROUNDS = 8;
  private static final int SAMPLES = 300;
  private static final int LONGEST_ROUND_MILLIS = 1_500;

  @TempDir(factory = FastTempDir.class)
  Path directory;

  @Test
  void everythingThatWasFlushedSurvivesAKillAtAnyMoment() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    long flushed = 0;
    long enough = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    for (int round = 0; round < 2 || (round < ROUNDS && System.nanoTime() < enough); round++) {
      String context = "seed " + seed + ", round " + round;
      flushed = writeAndKill(random, flushed, context);
      verify(flushed, random, context);
    }
  }

  /** The last index that the process said it had flushed. */
  private long writeAndKill(Random random, long atLeast, String context) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Xmx256m",
                WalWriter.class.getName(),
                directory.resolve("wal").toString(),
                Long.toString(random.nextLong()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (DataInputStream output = new DataInputStream(process.getInputStream())) {
      long flushed = output.readLong();
      assertThat(flushed).as(context).isGreaterThanOrEqualTo(atLeast);
      long end = System.nanoTime() + random.nextInt(LONGEST_ROUND_MILLIS) * 1_000_000L;
      while (System.nanoTime() < end) {
        flushed = output.readLong();
      }
      // Not Process.destroyForcibly, which throws away what the process has said.
      process.toHandle().destroyForcibly();
      return lastWord(output, flushed);
    } finally {
      process.destroyForcibly();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** What it still said while it was being killed, if anything. */
  private static long lastWord(DataInputStream output, long before) throws IOException {
    long last = before;
    try {
      while (true) {
        last = output.readLong();
      }
    } catch (EOFException endOfProcess) {
      return last;
    }
  }

  private void verify(long flushed, Random random, String context) throws IOException {
    DerbyWal wal = new DerbyWal(directory.resolve("wal"), new WalSettings(4 << 20, 500));
    Recovered recovered = wal.open();
    try {
      assertThat(recovered.lastIndex()).as(context).isGreaterThanOrEqualTo(flushed);
      int entries = (int) (recovered.lastIndex() - recovered.firstIndex() + 1);
      for (int sample = Math.min(entries, SAMPLES); sample > 0; sample--) {
        long index = recovered.firstIndex() + random.nextInt(entries);
        assertThat(wal.read(index).payload())
            .as("%s, entry %d", context, index)
            .isEqualTo(WalWriter.entry(index).payload());
      }
    } finally {
      wal.close();
    }
  }
}
