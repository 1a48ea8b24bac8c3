package io.kvorum.ops;

import com.sun.management.UnixOperatingSystemMXBean;
import io.kvorum.ops.Exposition.Type;
import io.kvorum.support.Log;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the operating system's figures of this process under Prometheus's usual names. Stateless.
 *
 * <p>Held by: OpsEndpointsIT.
 */
final class ProcessFigures {
  private static final Log LOG = Log.of(ProcessFigures.class);
  private static final Path STATM = Path.of("/proc/self/statm");
  private static final int PAGE_BYTES = 4096;

  private ProcessFigures() {}

  static void write(Exposition out) {
    RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
    out.gauge(
        "process_start_time_seconds",
        "Start time of the process since the Unix epoch in seconds.",
        runtime.getStartTime() / 1e3);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      out.family("process_cpu_seconds_total", Type.COUNTER, "CPU time used, in seconds.")
          .sample(system.getProcessCpuTime() / 1e9);
      long open = system.getOpenFileDescriptorCount();
      long most = system.getMaxFileDescriptorCount();
      out.gauge("os_fd_limit", "Limit of open file descriptors.", most);
      out.gauge("os_fd_used", "Open file descriptors.", open);
      out.gauge("process_max_fds", "Limit of open file descriptors.", most);
      out.gauge("process_open_fds", "Open file descriptors.", open);
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
          "process_resident_memory_bytes",
          "Resident memory in bytes.",
          Long.parseLong(pages[1]) * PAGE_BYTES);
      out.gauge(
          "process_virtual_memory_bytes",
          "Virtual memory in bytes.",
          Long.parseLong(pages[0]) * PAGE_BYTES);
    } catch (IOException e) {
      LOG.debug("cannot read the memory in use from {}", STATM, e);
    }
  }
}
