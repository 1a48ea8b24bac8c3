package io.kvorum.sim;

import java.util.Map;
import java.util.TreeMap;

/** Counts what happened in simulations, to show that the rare things happen at all. */
final class ClusterCounts {
  private final TreeMap<String, Long> counts = new TreeMap<>();

  void add(String what) {
    add(what, 1);
  }

  void add(String what, long count) {
    counts.merge(what, count, Long::sum);
  }

  void addAll(ClusterCounts others) {
    others.counts.forEach(this::add);
  }

  long of(String what) {
    return counts.getOrDefault(what, 0L);
  }

  Map<String, Long> all() {
    return counts;
  }

  @Override
  public String toString() {
    return counts.toString();
  }
}
