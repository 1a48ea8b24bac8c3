package io.kvorum.differential;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Drops steps of a sequence while a difference of the same kind stays. Stateless. */
final class Shrinking {
  private Shrinking() {}

  /** The shortest that was found in time. */
  static Difference of(
      Difference first, Duration atMost, Function<List<Step>, Optional<Difference>> run) {
    long deadline = System.nanoTime() + atMost.toNanos();
    Difference shortest = first;
    for (int dropped = first.steps().size() / 2; dropped > 0; ) {
      boolean isShorter = false;
      for (int from = 0; from + dropped < shortest.steps().size(); ) {
        if (System.nanoTime() > deadline) {
          return shortest;
        }
        List<Step> fewer = new ArrayList<>(shortest.steps());
        fewer.subList(from, from + dropped).clear();
        Optional<Difference> difference =
            run.apply(fewer).filter(found -> found.kind().equals(first.kind()));
        if (difference.isPresent()) {
          shortest = difference.get();
          isShorter = true;
        } else {
          from += dropped;
        }
      }
      dropped = isShorter ? Math.min(dropped, shortest.steps().size() / 2) : dropped / 2;
    }
    return shortest;
  }
}
