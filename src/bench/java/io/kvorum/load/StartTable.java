package io.kvorum.load;

import io.kvorum.testing.ServerKind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects the samples of {@code bench/start} and shows them as a Markdown table. Thread-safe. */
final class StartTable {
  private final List<ServerKind> columns;
  private final Map<StartFigure, Map<ServerKind, List<Double>>> samples =
      new EnumMap<>(StartFigure.class);

  StartTable(List<ServerKind> columns) {
    this.columns = List.copyOf(columns);
  }

  /** Adds a sample and says so on the console. */
  synchronized void add(StartFigure figure, ServerKind kind, double value) {
    samples
        .computeIfAbsent(figure, any -> new EnumMap<>(ServerKind.class))
        .computeIfAbsent(kind, any -> new ArrayList<>())
        .add(value);
    System.out.printf("%-7s %s: %s%n", name(kind), figure.what(), figure.text(value));
  }

  /** One row for each figure that has samples: aim, median with lowest and highest, verdict. */
  synchronized String markdown() {
    StringBuilder out = new StringBuilder("| what | aim |");
    columns.forEach(kind -> out.append(' ').append(name(kind)).append(" |"));
    out.append(" aim reached? |\n|---|---:|")
        .append("---:|".repeat(columns.size()))
        .append("---|\n");
    samples.forEach(
        (figure, byKind) -> {
          out.append("| ")
              .append(figure.what())
              .append(" | ")
              .append(figure.aimText())
              .append(" |");
          columns.forEach(
              kind -> out.append(' ').append(cell(figure, byKind.get(kind))).append(" |"));
          List<Double> ours = byKind.get(ServerKind.KVORUM);
          out.append(' ').append(ours == null ? "" : figure.verdict(median(ours))).append(" |\n");
        });
    return out.toString();
  }

  private static String cell(StartFigure figure, @Nullable List<Double> values) {
    if (values == null) {
      return "";
    }
    double lowest = values.stream().mapToDouble(each -> each).min().orElseThrow();
    double highest = values.stream().mapToDouble(each -> each).max().orElseThrow();
    String median = figure.text(median(values));
    return lowest == highest
        ? median
        : median + " (" + figure.number(lowest) + "–" + figure.number(highest) + ")";
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(each -> each).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static String name(ServerKind kind) {
    return kind == ServerKind.ETCD ? "etcd" : "Kvorum";
  }
}
