package io.kvorum.watch;

import org.jspecify.annotations.Nullable;

/**
 * The watchers of one client connection, as a queue of messages that the face takes when its
 * transport can write: that is the flow control.
 *
 * <p>Thread-safe. Nothing here blocks.
 */
public final class WatchStream implements AutoCloseable {
  WatchStream() {}

  /** Answered by a Created or Refused message, and by Canceled if the start was compacted. */
  public void create(WatchSpec spec) {
    throw new UnsupportedOperationException("being built");
  }

  /** Answered by a Canceled message; an unknown id is not answered. */
  public void cancel(long watchId) {
    throw new UnsupportedOperationException("being built");
  }

  /** Answered by a Progress message for no watcher if all watchers of the stream are synced. */
  public void requestProgress() {
    throw new UnsupportedOperationException("being built");
  }

  /** The next message to send; null if there is none now: {@code wake} will be called. */
  public @Nullable WatchMessage poll() {
    throw new UnsupportedOperationException("being built");
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("being built");
  }
}
