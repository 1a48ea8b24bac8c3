package io.kvorum.load;

import io.kvorum.load.BenchmarkCase.Warmth;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Runs loads against a server of one or more members, and keeps its results. Not thread-safe. */
final class Contender implements AutoCloseable {

  private static final long SETTLE_STEP_MILLIS = 250;
  private static final Duration SETTLE_AT_MOST = Duration.ofSeconds(20);

  /** A server that uses less than this share of a core rests. */
  private static final double REST = 0.06;

  private final ServerKind kind;
  private final List<ServerProcess> members;
  private final Network network;
  private final Set<Warmth> warm = EnumSet.noneOf(Warmth.class);
  private final Map<String, List<LoadResult>> results = new TreeMap<>();
  private final Map<String, String> failures = new TreeMap<>();

  Contender(ServerKind kind, List<ServerProcess> members, Network network) {
    this.kind = kind;
    this.members = List.copyOf(members);
    this.network = network;
  }

  ServerKind kind() {
    return kind;
  }

  List<ServerProcess> members() {
    return members;
  }

  private String joined(Function<ServerProcess, Object> property) {
    return members.stream()
        .map(member -> property.apply(member).toString())
        .collect(Collectors.joining(","));
  }

  /** Runs uncounted load of that kind, if this server has not had it yet. */
  void warmUp(Warmth warmth, double seconds) throws IOException, InterruptedException {
    if (seconds > 0 && warm.add(warmth)) {
      List<String> arguments = new ArrayList<>(warmth.arguments());
      arguments.addAll(List.of("--warmup", "0", "--seconds", String.valueOf(seconds)));
      load("warm-up", arguments);
    }
  }

  /** One counted run; a failure is kept for the report and does not end the benchmark. */
  void measure(BenchmarkCase what, List<String> moreArguments)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(what.arguments());
    arguments.addAll(moreArguments);
    try {
      LoadResult result = load(what.name(), arguments);
      System.out.println(result.text());
      results.computeIfAbsent(what.name(), name -> new ArrayList<>()).add(result);
      if (result.errors() > 0) {
        failures.put(what.name(), result.errors() + " errors, first: " + result.firstError());
      }
    } catch (IllegalStateException e) {
      System.out.println(kind + " " + what.name() + " failed: " + e.getMessage());
      failures.put(what.name(), String.valueOf(e.getMessage()));
      for (ServerProcess member : members) {
        if (!member.alive()) {
          throw new IllegalStateException(kind + " is gone" + member.lastOutput(), e);
        }
      }
    }
  }

  LoadResult load(String name, List<String> arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(arguments);
    all.addAll(
        List.of(
            "--endpoint",
            joined(ServerProcess::endpoint),
            "--server-pid",
            joined(ServerProcess::pid),
            "--label",
            kind.name().toLowerCase(java.util.Locale.ROOT) + ":" + name));
    return LoadGenerator.run(LoadOptions.parse(all), network);
  }

  /** Waits until the server has done what the last load left behind, within bounds. */
  void settle() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SETTLE_AT_MOST.toNanos();
    double share = 1;
    while (share > REST && System.nanoTime() < deadline) {
      long before = cpuNanos();
      TimeUnit.MILLISECONDS.sleep(SETTLE_STEP_MILLIS);
      long used = cpuNanos() - before;
      share = used / (SETTLE_STEP_MILLIS * 1e6) / members.size();
    }
  }

  private long cpuNanos() throws IOException {
    return ClosedLoop.usage(members.stream().map(ServerProcess::pid).toList()).cpuNanos();
  }

  List<LoadResult> results(String name) {
    return results.getOrDefault(name, List.of());
  }

  Map<String, String> failures() {
    return failures;
  }

  @Override
  public void close() throws InterruptedException {
    for (ServerProcess member : members) {
      member.close();
    }
  }
}
