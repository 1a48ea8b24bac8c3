package io.kvorum.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The memory of a process that is resident now, from Linux's {@code smaps_rollup}.
 *
 * @param bytes all of it
 * @param proportionalBytes the same, with pages that it shares divided by those who share them
 */
record Resident(long bytes, long proportionalBytes) {

  static Resident of(long pid) throws IOException {
    long resident = 0;
    long proportional = 0;
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
      if (line.startsWith("Rss:")) {
        resident = kilobytes(line);
      } else if (line.startsWith("Pss:")) {
        proportional = kilobytes(line);
      }
    }
    return new Resident(resident, proportional);
  }

  private static long kilobytes(String line) {
    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
  }
}
