package io.kvorum.ops;

import com.sun.management.UnixOperatingSystemMXBean;
import io.kvorum.grpc.PlainAnswer;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes the page {@code /debug/vars} in the form that Go's library gives it: a line for each
 * variable, sorted by name. The command line, which is one of them in etcd, is not: URLs in it may
 * carry a password, and the page needs no user. Stateless.
 *
 * <p>Held by: MemberPagesTest.
 */
final class Variables {
  private static final String CONTENT_TYPE = "application/json; charset=utf-8";

  private Variables() {}

  /**
   * @param raftStatus JSON
   */
  static PlainAnswer answer(String raftStatus) {
    Map<String, String> variables = new TreeMap<>(Map.of("raft.status", raftStatus));
    variables.put("memstats", memory());
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      variables.put("file_descriptor_limit", String.valueOf(system.getMaxFileDescriptorCount()));
    }
    return new PlainAnswer(
        200,
        CONTENT_TYPE,
        variables.entrySet().stream()
            .map(variable -> "\"" + variable.getKey() + "\": " + variable.getValue())
            .collect(Collectors.joining(",\n", "{\n", "\n}\n")));
  }

  /** The heap. */
  private static String memory() {
    Runtime runtime = Runtime.getRuntime();
    return String.format(
        "{\"HeapAlloc\":%d,\"HeapSys\":%d}",
        runtime.totalMemory() - runtime.freeMemory(), runtime.totalMemory());
  }
}
