package io.kvorum.load;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One line of the benchmark's report.
 *
 * @param block cases of one block follow each other directly, server by server and round by round
 * @param warmth what a server must have done a while before this case is counted
 * @param arguments of the load generator
 */
record BenchmarkCase(String name, String block, Warmth warmth, List<String> arguments) {

  /** Kinds of work that a server warms up to separately, each by its own load. */
  enum Warmth {
    GRPC_READ("--scenario get --in-flight 128 --connections 8"),
    JSON_READ("--scenario get --protocol json --in-flight 32 --connections 32"),
    GRPC_WRITE("--scenario put --in-flight 128 --connections 8"),
    JSON_WRITE("--scenario put --protocol json --in-flight 32 --connections 32"),
    HANDSHAKE("--scenario handshake --in-flight 8"),
    WATCH("--scenario watch --watchers 200 --in-flight 8 --connections 8 --rate 100");

    private final String arguments;

    Warmth(String arguments) {
      this.arguments = arguments;
    }

    List<String> arguments() {
      return List.of(arguments.split(" "));
    }
  }

  /** All cases. Reads come first, on servers that hold only the keys they read. */
  static List<BenchmarkCase> all() {
    String eight = " --in-flight 128 --connections 8";
    return List.of(
        of("get-1x1", Warmth.GRPC_READ, "--scenario get"),
        of("get-128x8", Warmth.GRPC_READ, "--scenario get" + eight),
        of("serializable-get-128x8", Warmth.GRPC_READ, "--scenario serializable" + eight),
        of("range20-128x8", Warmth.GRPC_READ, "--scenario range --range 20" + eight),
        of(
            "json-get-32",
            Warmth.JSON_READ,
            "--scenario get --protocol json --in-flight 32 --connections 32"),
        of("put-1x1", Warmth.GRPC_WRITE, "--scenario put"),
        of("put-16x2", Warmth.GRPC_WRITE, "--scenario put --in-flight 16 --connections 2"),
        of("put-128x8", Warmth.GRPC_WRITE, "--scenario put" + eight),
        of("put-512x8", Warmth.GRPC_WRITE, "--scenario put --in-flight 512 --connections 8"),
        of("txn-128x8", Warmth.GRPC_WRITE, "--scenario txn" + eight),
        of("mixed80-128x8", Warmth.GRPC_WRITE, "--scenario mixed --reads 80" + eight),
        of(
            "json-put-32",
            Warmth.JSON_WRITE,
            "--scenario put --protocol json --in-flight 32 --connections 32"),
        of("handshake-8", Warmth.HANDSHAKE, "--scenario handshake --in-flight 8"),
        of("handshake-resumed-8", Warmth.HANDSHAKE, "--scenario handshake --in-flight 8 --resume"),
        new BenchmarkCase(
            "stuck-none", "stuck", Warmth.GRPC_WRITE, split("--scenario put" + eight)),
        new BenchmarkCase(
            "stuck-socket",
            "stuck",
            Warmth.GRPC_WRITE,
            split("--scenario put --stuck-watchers 1 --stuck socket" + eight)),
        new BenchmarkCase(
            "stuck-stream",
            "stuck",
            Warmth.GRPC_WRITE,
            split("--scenario put --stuck-watchers 1 --stuck stream" + eight)),
        of(
            "watch-1000",
            Warmth.WATCH,
            "--scenario watch --watchers 1000 --rate 50 --in-flight 8 --connections 8"));
  }

  /** The blocks of the chosen cases; a name chooses a case, a block or, ending in *, a group. */
  static List<List<BenchmarkCase>> blocks(List<String> chosen) {
    List<List<BenchmarkCase>> blocks = new ArrayList<>();
    for (BenchmarkCase one : all()) {
      if (!chosen.isEmpty() && chosen.stream().noneMatch(one::matches)) {
        continue;
      }
      List<BenchmarkCase> last = blocks.isEmpty() ? List.of() : blocks.get(blocks.size() - 1);
      if (!last.isEmpty() && last.get(0).block().equals(one.block())) {
        last.add(one);
      } else {
        blocks.add(new ArrayList<>(List.of(one)));
      }
    }
    return blocks;
  }

  private boolean matches(String wanted) {
    return wanted.equals(name)
        || wanted.equals(block)
        || wanted.endsWith("*") && name.startsWith(wanted.substring(0, wanted.length() - 1));
  }

  /** The command that does the same by hand. */
  String command() {
    return Stream.concat(Stream.of("bench/load"), arguments.stream())
        .reduce((a, b) -> a + " " + b)
        .orElseThrow();
  }

  private static BenchmarkCase of(String name, Warmth warmth, String arguments) {
    return new BenchmarkCase(name, name, warmth, split(arguments));
  }

  private static List<String> split(String arguments) {
    return List.of(arguments.split(" "));
  }
}
