package io.kvorum.ops;

import io.kvorum.ops.Exposition.Type;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.lang.management.RuntimeMXBean;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Writes the JVM's own figures under the names of Prometheus's Java client, which JVM dashboards
 * know. Stateless.
 */
final class JvmFigures {
  private JvmFigures() {}

  static void write(Exposition out) {
    RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
    out.family("jvm_info", Type.GAUGE, "Version of the JVM, as labels.")
        .sample(
            1,
            "runtime",
            runtime.getVmName(),
            "vendor",
            runtime.getVmVendor(),
            "version",
            runtime.getVmVersion());
    memory(out);
    collections(out);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    out.gauge("jvm_threads_current", "Threads.", threads.getThreadCount());
    out.gauge("jvm_threads_daemon", "Daemon threads.", threads.getDaemonThreadCount());
    out.gauge(
        "jvm_classes_currently_loaded",
        "Loaded classes.",
        ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
  }

  private static void memory(Exposition out) {
    areas("jvm_memory_used_bytes", "Memory in use by the JVM.", MemoryUsage::getUsed, out);
    areas(
        "jvm_memory_committed_bytes",
        "Memory that the JVM has reserved from the system.",
        MemoryUsage::getCommitted,
        out);
    areas("jvm_memory_max_bytes", "Limit of memory, -1 for none.", MemoryUsage::getMax, out);
    List<BufferPoolMXBean> pools = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);
    out.family(
        "jvm_buffer_pool_used_bytes", Type.GAUGE, "Memory off the heap in the JVM's buffers.");
    for (BufferPoolMXBean pool : pools) {
      out.sample(pool.getMemoryUsed(), "pool", pool.getName());
    }
  }

  private static void areas(
      String name, String help, ToLongFunction<MemoryUsage> figure, Exposition out) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    out.family(name, Type.GAUGE, help)
        .sample(figure.applyAsLong(memory.getHeapMemoryUsage()), "area", "heap")
        .sample(figure.applyAsLong(memory.getNonHeapMemoryUsage()), "area", "nonheap");
  }

  private static void collections(Exposition out) {
    out.family(
        "jvm_gc_collection_seconds", Type.SUMMARY, "Time spent in garbage collections, by kind.");
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      out.totals(
          collector.getCollectionCount(),
          collector.getCollectionTime() / 1e3,
          "gc",
          collector.getName());
    }
  }
}
