package io.kvorum.load;

import io.kvorum.testing.Pause;
import io.kvorum.testing.ServerKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Describes this machine for reports, and tells how busy it is. Stateless. */
final class Machine {
  private static final long WINDOW_MILLIS = 200;
  private static final int IDLE_FIELD = 4;
  private static final int WAITING_FIELD = 5;

  private Machine() {}

  /** In a line. */
  static String description(boolean withEtcd) throws IOException, InterruptedException {
    String etcd =
        withEtcd ? ", " + firstLineOf(ServerKind.ETCD.executable().orElseThrow(), "--version") : "";
    return Runtime.getRuntime().availableProcessors()
        + " cores ("
        + lineOf("/proc/cpuinfo", "model name")
        + "), memory "
        + lineOf("/proc/meminfo", "MemTotal")
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + ", JDK "
        + System.getProperty("java.runtime.version")
        + etcd;
  }

  /**
   * Waits until the processors have rested for a moment, but not for long.
   *
   * @param share of all processors' time that may be in use
   * @return the share that was in use at the end
   */
  static double awaitRest(double share, long atMostMillis) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(atMostMillis);
    double busy;
    do {
      long[] before = times();
      Pause.of(WINDOW_MILLIS);
      long[] after = times();
      long all = Math.max(1, after[0] - before[0]);
      busy = (after[1] - before[1]) / (double) all;
    } while (busy > share && System.nanoTime() < deadline);
    return busy;
  }

  /** All time of all processors so far, and the part in which they worked, in ticks. */
  private static long[] times() throws IOException {
    String[] fields = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
    long all = 0;
    for (int i = 1; i < fields.length; i++) {
      all += Long.parseLong(fields[i]);
    }
    long resting = Long.parseLong(fields[IDLE_FIELD]) + Long.parseLong(fields[WAITING_FIELD]);
    return new long[] {all, all - resting};
  }

  private static String lineOf(String file, String name) throws IOException {
    try (var lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }

  private static String firstLineOf(Path program, String argument)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(program.toString(), argument).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out.lines().findFirst().orElse("unknown").replace("etcd Version:", "etcd");
  }
}
