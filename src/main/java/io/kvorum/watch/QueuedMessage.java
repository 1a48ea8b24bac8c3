package io.kvorum.watch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds one message in the queue of a stream. A message with events absorbs further revisions until
 * it is fetched. Guarded by its stream.
 *
 * <p>Held by: WatchHubTest, WatchSimulationTest.
 */
final class QueuedMessage {
  private final @Nullable WatchMessage answer;
  private final @Nullable Watcher watcher;
  private final long place;
  private List<WatchEvent> events;
  private boolean ownsEvents;
  private long bytes;
  private long revision;

  private QueuedMessage(
      @Nullable WatchMessage answer,
      @Nullable Watcher watcher,
      long place,
      List<WatchEvent> events) {
    this.answer = answer;
    this.watcher = watcher;
    this.place = place;
    this.events = events;
  }

  static QueuedMessage answer(WatchMessage answer, long place) {
    return new QueuedMessage(answer, null, place, List.of());
  }

  /** The list may be shared with other watchers: it is copied before it grows. */
  static QueuedMessage events(
      Watcher watcher, long place, List<WatchEvent> events, long bytes, long revision) {
    QueuedMessage message = new QueuedMessage(null, watcher, place, events);
    message.bytes = bytes;
    message.revision = revision;
    return message;
  }

  void grow(List<WatchEvent> more, long moreBytes, long upToRevision) {
    if (!ownsEvents) {
      List<WatchEvent> copy = new ArrayList<>(2 * (events.size() + more.size()));
      copy.addAll(events);
      events = copy;
      ownsEvents = true;
    }
    events.addAll(more);
    bytes += moreBytes;
    revision = upToRevision;
  }

  @Nullable Watcher watcher() {
    return watcher;
  }

  /** Its number in the order in which messages were queued. */
  long place() {
    return place;
  }

  int eventCount() {
    return events.size();
  }

  long bytes() {
    return bytes;
  }

  boolean isAnswer() {
    return answer != null;
  }

  boolean isProgressOfNoWatcher() {
    return answer instanceof WatchMessage.Progress progress
        && progress.watchId() == WatchMessage.NO_WATCHER;
  }

  WatchMessage toMessage() {
    if (watcher == null) {
      if (answer == null) {
        throw new IllegalStateException("a message without content");
      }
      return answer;
    }
    return new WatchMessage.Events(
        watcher.id,
        revision,
        Collections.unmodifiableList(events),
        watcher.spec.wantsPrevKv(),
        watcher.spec.mayFragment());
  }
}
