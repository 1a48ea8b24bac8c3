package io.kvorum.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;

/**
 * The operations of {@link StoreBenchmark} by the CPU time of their threads, which a machine that
 * is busy with other things does not distort as it does wall time. Arguments: number of keys,
 * operations in a round, rounds.
 */
public final class StoreCpuCost {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private StoreCpuCost() {}

  public static void main(String[] args) throws IOException {
    int keys = Integer.parseInt(args[0]);
    int operations = Integer.parseInt(args[1]);
    int rounds = Integer.parseInt(args[2]);
    StoreBenchmark store = new StoreBenchmark();
    store.keyCount = keys;
    store.open();
    for (int round = 0; round < rounds; round++) {
      report("put", operations, store::put);
      report("get", operations, store::getCached);
    }
    store.close();
  }

  private static void report(String name, int operations, Runnable operation) {
    long began = THREADS.getCurrentThreadCpuTime();
    long historyBegan = historyThreadNanos();
    for (int i = 0; i < operations; i++) {
      operation.run();
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d ns on the Raft thread, %d ns on the history thread%n",
        name,
        (THREADS.getCurrentThreadCpuTime() - began) / operations,
        (historyThreadNanos() - historyBegan) / operations);
  }

  private static long historyThreadNanos() {
    for (long id : THREADS.getAllThreadIds()) {
      if (THREADS.getThreadInfo(id).getThreadName().equals("kvorum-history")) {
        return THREADS.getThreadCpuTime(id);
      }
    }
    return 0;
  }
}
