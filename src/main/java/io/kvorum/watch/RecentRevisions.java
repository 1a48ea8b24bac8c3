package io.kvorum.watch;

import io.kvorum.watch.PublishedQueue.RevisionEvents;
import io.kvorum.watch.WatchLimits.Budget;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the last consecutive revisions that the hub fanned out, for watchers that are a little
 * late. Confined to the hub thread.
 *
 * <p>Without it a watcher might never catch up with a busy writer: whenever a catch-up pass comes
 * back, a few more revisions have been published.
 *
 * <p>Held by: WatchCatchUpTest, WatchSimulationTest.
 */
final class RecentRevisions {
  private final Budget budget;
  private final @Nullable RevisionEvents[] slots;
  private long first;
  private int size;
  private long bytes;

  RecentRevisions(Budget budget) {
    this.budget = budget;
    this.slots = new @Nullable RevisionEvents[budget.count()];
  }

  /** Adds the revision that follows the last one, or the first one. */
  void add(RevisionEvents revision) {
    if (size == 0) {
      first = revision.revision();
    }
    while (size > 0 && !budget.allows(size + 1L, bytes + revision.bytes())) {
      dropFirst();
    }
    slots[slot(revision.revision())] = revision;
    size++;
    bytes += revision.bytes();
  }

  /** True if {@code revision} and all that followed it are here. */
  boolean covers(long revision) {
    return size > 0 && revision >= first;
  }

  RevisionEvents get(long revision) {
    RevisionEvents found = slots[slot(revision)];
    if (found == null || found.revision() != revision) {
      throw new IllegalStateException(
          "revision " + revision + " is not among the " + size + " from " + first + " on");
    }
    return found;
  }

  void clear() {
    while (size > 0) {
      dropFirst();
    }
  }

  private void dropFirst() {
    int slot = slot(first);
    RevisionEvents dropped = slots[slot];
    if (dropped != null) {
      bytes -= dropped.bytes();
    }
    slots[slot] = null;
    first++;
    size--;
  }

  private int slot(long revision) {
    return (int) (revision % slots.length);
  }
}
