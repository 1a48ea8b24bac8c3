package io.kvorum.ops;

import com.sun.management.UnixOperatingSystemMXBean;
import io.kvorum.ops.Exposition.Type;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the operating system knows of this process, under Prometheus's usual names. Stateless. */
final class ProcessFigures {
  private static final System.Logger LOG = System.getLogger(ProcessFigures.class.getName());
  private static final Path STATM = Path.of("/proc/self/statm");
  private static final int PAGE_BYTES = 4096;

  private ProcessFigures() {}

  static void write(Exposition out) {
    RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
    out.gauge(
        "process_start_time_seconds",
        "When the process was started, in seconds since 1970.",
        runtime.getStartTime() / 1e3);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      out.family("process_cpu_seconds_total", Type.COUNTER, "Processor time used.")
          .sample(system.getProcessCpuTime() / 1e9);
      long open = system.getOpenFileDescriptorCount();
      long most = system.getMaxFileDescriptorCount();
      out.gauge("os_fd_limit", "The most files that may be open.", most);
      out.gauge("os_fd_used", "How many files are open.", open);
      out.gauge("process_max_fds", "The most files that may be open.", most);
      out.gauge("process_open_fds", "How many files are open.", open);
    }
    writeMemory(out);
  }

  private static void writeMemory(Exposition out) {
    if (!Files.isReadable(STATM)) {
      return;
    }
    try {
      String[] pages = Files.readString(STATM).trim().split(" ");
      out.gauge(
          "process_resident_memory_bytes", "Memory in use.", Long.parseLong(pages[1]) * PAGE_BYTES);
      out.gauge(
          "process_virtual_memory_bytes",
          "Address space in use.",
          Long.parseLong(pages[0]) * PAGE_BYTES);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "the system does not tell the memory in use", e);
    }
  }
}
