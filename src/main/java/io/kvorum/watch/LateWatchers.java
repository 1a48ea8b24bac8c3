package io.kvorum.watch;

import io.kvorum.watch.WatchLimits.Budget;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The watchers that wait for a catch-up pass, and the choice of the next one. Confined to the hub
 * thread.
 *
 * <p>Passes start by turns at the lowest revision that anybody needs, so that each revision is read
 * about once for all, and at the highest, so that who is nearly there does not wait for those who
 * are far behind.
 */
final class LateWatchers {
  private final Budget budget;
  private final int maxTakers;
  private final Set<Watcher> waiting = new LinkedHashSet<>();
  private boolean lowestFirst = true;

  LateWatchers(WatchLimits limits) {
    this.budget = limits.pass();
    this.maxTakers = limits.passWatchers();
  }

  void add(Watcher watcher) {
    watcher.state = Watcher.State.LATE;
    waiting.add(watcher);
  }

  void remove(Watcher watcher) {
    waiting.remove(watcher);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  List<Watcher> waitingBelow(long revision) {
    return waiting.stream().filter(watcher -> watcher.next < revision).toList();
  }

  /** Takes out those whose streams are full. */
  List<Watcher> takeBlocked() {
    List<Watcher> blocked = waiting.stream().filter(watcher -> !watcher.stream.admits()).toList();
    blocked.forEach(waiting::remove);
    return blocked;
  }

  /** Takes out the watchers of the next pass; null if none waits. */
  @Nullable CatchUpPass nextPass() {
    if (waiting.isEmpty()) {
      return null;
    }
    long start = lowestFirst ? lowest(Long.MIN_VALUE) : lowest(highest() - budget.count());
    lowestFirst = !lowestFirst;
    long from = Long.MAX_VALUE;
    List<CatchUpPass.Taker> takers = new ArrayList<>();
    for (Watcher watcher : waiting) {
      boolean isInReach = watcher.next >= start && watcher.next - start < budget.count();
      if (isInReach && takers.size() < maxTakers) {
        takers.add(new CatchUpPass.Taker(watcher, watcher.next));
        from = Math.min(from, watcher.next);
      }
    }
    for (CatchUpPass.Taker taker : takers) {
      taker.watcher().state = Watcher.State.IN_PASS;
      waiting.remove(taker.watcher());
    }
    return new CatchUpPass(from, takers, budget);
  }

  /** The lowest revision needed above the given one. */
  private long lowest(long above) {
    long lowest = Long.MAX_VALUE;
    for (Watcher watcher : waiting) {
      if (watcher.next > above) {
        lowest = Math.min(lowest, watcher.next);
      }
    }
    return lowest;
  }

  private long highest() {
    long highest = Long.MIN_VALUE;
    for (Watcher watcher : waiting) {
      highest = Math.max(highest, watcher.next);
    }
    return highest;
  }
}
