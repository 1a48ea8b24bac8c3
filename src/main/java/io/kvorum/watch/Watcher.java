package io.kvorum.watch;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One watcher of a stream. What is not final is confined to the hub thread.
 *
 * <p>{@link #next} is the single truth about what it still needs: every matching event below has
 * been queued, none from there on. While it is synced it is not kept up to date by every revision
 * that goes by; it stands then for {@code max(next, the revision that the hub takes next)}.
 */
final class Watcher {
  enum State {
    /** Being created, or in somebody's hands on the hub thread. */
    UNPLACED,
    /** In the index: fed with each revision as it is published. */
    SYNCED,
    /** Waits for a catch-up pass. */
    LATE,
    /** In the catch-up pass that is under way. */
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

  /** No progress is told below this revision. */
  final long firstProgress;

  State state = State.UNPLACED;
  long next;

  /** The place in its group, while it has one. */
  int position;

  /** When to look whether it has been idle, on the hub's clock; and when it was told something. */
  long progressDueNanos;

  long progressIntervalNanos;
  long lastMessageNanos;

  /** The message at the end of the stream's queue that may still grow. Guarded by the stream. */
  @Nullable QueuedMessage growing;

  /**
   * @param currentRevision after which a watcher begins that names no start
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

  /** An empty key stands for the lowest key there is. */
  static KeyRange normalized(KeyRange range) {
    return range.from().isEmpty() ? new KeyRange(LOWEST_KEY, range.to()) : range;
  }

  /**
   * What of the events, in order, is for a watcher like this that needs {@code fromRevision} next:
   * the list itself if all.
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
