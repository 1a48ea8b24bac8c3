package io.kvorum.watch;

import io.kvorum.model.Event;
import java.time.Duration;
import java.util.List;

/**
 * Feeds watchers with committed events. Thread-safe.
 *
 * <p>{@link #publish} is called by the engine thread, must not block and costs next to nothing
 * while nobody watches.
 */
public final class WatchHub implements AutoCloseable {
  public WatchHub(WatchSource source, Duration progressInterval) {}

  public void start() {
    throw new UnsupportedOperationException("being built");
  }

  /** Takes the events of one revision, in order, after the store has made it visible to readers. */
  public void publish(long revision, List<Event> events) {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * Opens a stream.
   *
   * @param wake called from any thread when {@link WatchStream#poll} has something after it had
   *     nothing; must not block
   */
  public WatchStream open(Runnable wake) {
    throw new UnsupportedOperationException("being built");
  }

  public WatchStats stats() {
    throw new UnsupportedOperationException("being built");
  }

  /** Figures of the hub, taken at one moment. */
  public record WatchStats(long streams, long watchers, long slowWatchers, long pendingEvents) {}

  @Override
  public void close() {
    throw new UnsupportedOperationException("being built");
  }
}
