package io.kvorum.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process and its descendants have used so far, from Linux's {@code /proc}.
 *
 * @param cpuNanos user and system time of all threads, in steps of 10 ms
 * @param peakResidentBytes the most memory that was resident at one time
 * @param residentBytes memory resident now
 */
record ProcessUsage(long cpuNanos, long peakResidentBytes, long residentBytes) {

  private static final long NANOS_PER_TICK = 10_000_000;

  /** Fields 14 and 15 of the line, counted after the command's closing bracket (field 2). */
  private static final int USER_TICKS = 11;

  static ProcessUsage none() {
    return new ProcessUsage(0, 0, 0);
  }

  static ProcessUsage of(long pid) throws IOException {
    ProcessUsage sum = ofOne(pid);
    try (Stream<ProcessHandle> children =
        ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants)) {
      for (ProcessHandle child : children.toList()) {
        sum = sum.plus(ofOne(child.pid()));
      }
    }
    return sum;
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
    long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[USER_TICKS + 1]);
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
