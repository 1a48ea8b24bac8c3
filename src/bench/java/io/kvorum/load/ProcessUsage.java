package io.kvorum.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process and its descendants have used so far, from Linux's {@code /proc}.
 *
 * @param cpuNanos user and system time of all threads, and of children that have ended, in steps of
 *     10 ms
 * @param peakResidentBytes the most memory that was resident at one time
 * @param residentBytes memory resident now
 */
record ProcessUsage(long cpuNanos, long peakResidentBytes, long residentBytes) {

  private static final long NANOS_PER_TICK = 10_000_000;

  /**
   * The first of the fields 14 to 17 of the line, counted after the command's closing bracket
   * (field 2): user and system time, and both of the children that have ended.
   */
  private static final int USER_TICKS = 11;

  private static final int TICK_FIELDS = 4;

  static ProcessUsage none() {
    return new ProcessUsage(0, 0, 0);
  }

  static ProcessUsage of(long pid) throws IOException {
    ProcessUsage sum = ofOne(pid);
    try (Stream<ProcessHandle> children =
        ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants)) {
      for (ProcessHandle child : children.toList()) {
        sum = sum.plus(ofChild(child.pid()));
      }
    }
    return sum;
  }

  /** A child may end at any time; its parent's figures then contain its own. */
  private static ProcessUsage ofChild(long pid) throws IOException {
    try {
      return ofOne(pid);
    } catch (IOException gone) {
      if (ProcessHandle.of(pid).isPresent()) {
        throw gone;
      }
      return none();
    }
  }

  ProcessUsage plus(ProcessUsage other) {
    return new ProcessUsage(
        cpuNanos + other.cpuNanos,
        peakResidentBytes + other.peakResidentBytes,
        residentBytes + other.residentBytes);
  }

  private static ProcessUsage ofOne(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    long ticks = 0;
    for (int i = 0; i < TICK_FIELDS; i++) {
      ticks += Long.parseLong(fields[USER_TICKS + i]);
    }
    List<String> status = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
    return new ProcessUsage(
        ticks * NANOS_PER_TICK, kilobytes(status, "VmHWM:"), kilobytes(status, "VmRSS:"));
  }

  private static long kilobytes(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElse(0);
  }
}
