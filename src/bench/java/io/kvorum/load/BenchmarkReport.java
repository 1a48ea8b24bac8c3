package io.kvorum.load;

import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The result of a benchmark as Markdown: medians over the rounds, and ratios of medians. */
final class BenchmarkReport {

  private final List<List<BenchmarkCase>> blocks;
  private final List<Contender> contenders;

  BenchmarkReport(List<List<BenchmarkCase>> blocks, List<Contender> contenders) {
    this.blocks = blocks;
    this.contenders = contenders;
  }

  String markdown(String command) throws IOException, InterruptedException {
    StringBuilder out = new StringBuilder();
    out.append("Machine: ")
        .append(Machine.description(contender(ServerKind.ETCD).isPresent()))
        .append("\n\n");
    out.append("Command: `").append(command.strip()).append("`\n\n");
    out.append("Medians over the rounds; latencies in milliseconds; CPU is the server's, in");
    out.append(" microseconds per operation; peak is its highest resident memory so far, in MiB.");
    out.append(" For watch cases an operation is an event delivered to one watcher.\n\n");
    table(out);
    members(out);
    stuck(out);
    failures(out);
    out.append("\nEach case is this command against one server:\n\n```\n");
    for (List<BenchmarkCase> block : blocks) {
      for (BenchmarkCase one : block) {
        out.append(String.format("%-24s%s%n", one.name(), one.command()));
      }
    }
    return out.append("```\n").toString();
  }

  private void table(StringBuilder out) {
    out.append("| case | ratio |");
    for (Contender contender : contenders) {
      String name = name(contender);
      out.append(' ').append(name).append(" op/s | p50 | p99 | p99.9 | CPU µs | peak |");
    }
    out.append("\n|---|---:|").append("---:|---:|---:|---:|---:|---:|".repeat(contenders.size()));
    out.append('\n');
    for (List<BenchmarkCase> block : blocks) {
      for (BenchmarkCase one : block) {
        out.append("| ").append(one.name()).append(" | ").append(ratio(one)).append(" |");
        for (Contender contender : contenders) {
          row(out, contender.results(one.name()));
        }
        out.append('\n');
      }
    }
  }

  private static void row(StringBuilder out, List<LoadResult> results) {
    if (results.isEmpty()) {
      out.append(" failed | | | | | |");
      return;
    }
    out.append(
        String.format(
            Locale.ROOT,
            " %,.0f | %.2f | %.2f | %.2f | %.1f | %.0f |",
            median(results, LoadResult::perSecond),
            median(results, result -> result.micros(50) / 1000),
            median(results, result -> result.micros(99) / 1000),
            median(results, result -> result.micros(99.9) / 1000),
            median(results, LoadResult::cpuMicrosPerOperation),
            median(results, result -> result.serverPeakBytes() / 1048576.0)));
  }

  /** Kvorum's rate over etcd's; of watches, whose rate is given, etcd's p99 over Kvorum's. */
  private String ratio(BenchmarkCase one) {
    Optional<Contender> etcd = contender(ServerKind.ETCD);
    Optional<Contender> kvorum = contender(ServerKind.KVORUM);
    if (etcd.isEmpty() || kvorum.isEmpty()) {
      return "";
    }
    List<LoadResult> theirs = etcd.get().results(one.name());
    List<LoadResult> ours = kvorum.get().results(one.name());
    if (theirs.isEmpty() || ours.isEmpty()) {
      return "";
    }
    if (one.warmth() == BenchmarkCase.Warmth.WATCH) {
      return String.format(
          Locale.ROOT,
          "p99 %.2f",
          median(theirs, r -> r.micros(99)) / median(ours, r -> r.micros(99)));
    }
    return String.format(
        Locale.ROOT,
        "%.2f",
        median(ours, LoadResult::perSecond) / median(theirs, LoadResult::perSecond));
  }

  /** What each member of a cluster has used, over the whole run. */
  private void members(StringBuilder out) throws IOException {
    for (Contender contender : contenders) {
      if (contender.members().size() > 1) {
        out.append('\n').append(name(contender)).append(", each member over the whole run:");
        for (ServerProcess member : contender.members()) {
          ProcessUsage usage = ProcessUsage.of(member.pid());
          out.append(
              String.format(
                  Locale.ROOT,
                  " %.0f s of CPU, peak %.0f MiB;",
                  usage.cpuNanos() / 1e9,
                  usage.peakResidentBytes() / 1048576.0));
        }
        out.append('\n');
      }
    }
  }

  private void stuck(StringBuilder out) {
    for (Contender contender : contenders) {
      List<LoadResult> without = contender.results("stuck-none");
      for (String kind : List.of("stuck-socket", "stuck-stream")) {
        List<LoadResult> with = contender.results(kind);
        if (!without.isEmpty() && !with.isEmpty()) {
          out.append(
              String.format(
                  Locale.ROOT,
                  "%n%s: puts beside a watcher that does not read (%s): %.1f %% of those"
                      + " without.%n",
                  name(contender),
                  kind,
                  100
                      * median(with, LoadResult::perSecond)
                      / median(without, LoadResult::perSecond)));
        }
      }
    }
  }

  private void failures(StringBuilder out) {
    for (Contender contender : contenders) {
      contender
          .failures()
          .forEach(
              (name, why) ->
                  out.append(String.format("%n%s %s: %s%n", name(contender), name, why)));
      if (!contender.results("watch-1000").isEmpty()
          && !contender.failures().containsKey("watch-1000")) {
        out.append(
            String.format(
                "%n%s: each of the 1,000 watchers saw every event, in order.%n", name(contender)));
      }
    }
  }

  private Optional<Contender> contender(ServerKind kind) {
    return contenders.stream().filter(contender -> contender.kind() == kind).findFirst();
  }

  private static String name(Contender contender) {
    return contender.kind() == ServerKind.ETCD ? "etcd" : "Kvorum";
  }

  static double median(List<LoadResult> results, ToDoubleFunction<LoadResult> property) {
    double[] sorted = results.stream().mapToDouble(property).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
