package io.kvorum.attack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a process holds. Immutable.
 *
 * @param residentKib resident memory
 */
record Footprint(long residentKib, long threads, long files) {

  static Footprint of(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    long resident = 0;
    long threads = 0;
    for (String line : Files.readAllLines(process.resolve("status"))) {
      if (line.startsWith("VmRSS:")) {
        resident = number(line);
      } else if (line.startsWith("Threads:")) {
        threads = number(line);
      }
    }
    try (Stream<Path> files = Files.list(process.resolve("fd"))) {
      return new Footprint(resident, threads, files.count());
    }
  }

  private static long number(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }

  @Override
  public String toString() {
    return residentKib / 1024 + " MiB resident, " + threads + " threads, " + files + " files";
  }
}
