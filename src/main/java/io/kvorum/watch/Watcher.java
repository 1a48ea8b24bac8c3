package io.kvorum.watch;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tracks what one watcher of a stream has received. Mutable fields are confined to the hub thread.
 *
 * <p>{@link #next} is the single truth about what it still needs: every matching event below it has
 * been queued, none from it on. While the watcher is synced, {@code next} is not updated by every
 * published revision; it then stands for {@code max(next, the revision that the hub takes next)}.
 *
 * <p>Held by: WatchHubTest, WatchSimulationTest.
 */
final class Watcher {
  enum State {
    /** Being created or moved by the hub thread. */
    UNPLACED,
    /** In the index: receives each revision as it is published. */
    SYNCED,
    /** Waits for a catch-up pass. */
    LATE,
    /** In the current catch-up pass. */
    IN_PASS,
    /** Late, and waits for its stream to drain. */
    BLOCKED,
    /** Canceled, or its stream was closed. */
    GONE
  }

  private static final Bytes LOWEST_KEY = Bytes.wrap(new byte[] {0});

  final WatchStream stream;
  final long id;

  /** Unique in the hub. */
  final long number;

  final KeyRange range;
  final WatchSpec spec;

  /** No progress notification has a revision below this one. */
  final long firstProgress;

  State state = State.UNPLACED;
  long next;

  /** Its index in its group, while it is in one. */
  int position;

  /** When to check whether it has been idle, on the hub's clock. */
  long progressDueNanos;

  long progressIntervalNanos;
  long lastMessageNanos;

  /** The message at the end of the stream's queue that may still grow. Guarded by the stream. */
  @Nullable QueuedMessage growing;

  /**
   * @param currentRevision the revision after which a watcher without a start revision begins
   */
  Watcher(WatchStream stream, long id, long number, WatchSpec spec, long currentRevision) {
    this.stream = stream;
    this.id = id;
    this.number = number;
    this.spec = spec;
    this.range = normalized(spec.range());
    this.next = spec.startRevision() == 0 ? currentRevision + 1 : spec.startRevision();
    this.firstProgress = spec.startRevision() == 0 ? currentRevision : spec.startRevision();
  }

  /** The range with an empty key replaced by the lowest key, which it stands for. */
  static KeyRange normalized(KeyRange range) {
    return range.from().isEmpty() ? new KeyRange(LOWEST_KEY, range.to()) : range;
  }

  /**
   * Selects the events from {@code fromRevision} on that pass the filters of this watcher, in
   * order; returns the list itself if it is all of them.
   */
  List<WatchEvent> select(List<WatchEvent> events, long fromRevision) {
    boolean takesKinds = !spec.skipsPuts() && !spec.skipsDeletes();
    if (takesKinds && (events.isEmpty() || events.get(0).revision() >= fromRevision)) {
      return events;
    }
    List<WatchEvent> selected = new ArrayList<>(events.size());
    for (WatchEvent event : events) {
      boolean skipped = event.event().isDelete() ? spec.skipsDeletes() : spec.skipsPuts();
      if (!skipped && event.revision() >= fromRevision) {
        selected.add(event);
      }
    }
    return selected;
  }
}
