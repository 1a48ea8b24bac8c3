package io.kvorum.watch;

import io.kvorum.model.Event;
import io.kvorum.model.KeyValue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Shares a committed event and its encoded form among all its watchers. Thread-safe: the first
 * sender encodes; if two do, one of the equal results is kept.
 *
 * <p>For a watcher that wants the previous version, the event already has it, unless there was none
 * or it has been compacted.
 *
 * <p>Held by: WatchOverStoreTest, WatchWireTest.
 */
public final class WatchEvent {
  /** Roughly what an event takes on the heap and on the wire besides its keys and values. */
  private static final int OVERHEAD_BYTES = 48;

  private final Event event;
  private final long bytes;
  private volatile @Nullable Object encoded;
  private volatile @Nullable Object encodedWithPrevKv;

  public WatchEvent(Event event) {
    this.event = event;
    this.bytes = bytesOf(event);
  }

  public Event event() {
    return event;
  }

  /** The encoded form, with or without the previous version. */
  @SuppressWarnings("unchecked")
  public <T> T encoded(boolean withPrevKv, Function<Event, T> encoder) {
    Object known = withPrevKv ? encodedWithPrevKv : encoded;
    if (known != null) {
      return (T) known;
    }
    KeyValue prevKv = withPrevKv ? event.prevKv() : null;
    T made = encoder.apply(prevKv == event.prevKv() ? event : new Event(event.kv(), prevKv));
    if (withPrevKv) {
      encodedWithPrevKv = made;
    } else {
      encoded = made;
    }
    return made;
  }

  long revision() {
    return event.kv().modRevision();
  }

  /** The size that counts against bounded queues. */
  long bytes() {
    return bytes;
  }

  /** False if a previous version may exist that has to be read from the store. */
  boolean knowsPrevKv() {
    return event.prevKv() != null || event.kv().isCreation();
  }

  static long bytesOf(Event event) {
    KeyValue prevKv = event.prevKv();
    long prevBytes = prevKv == null ? 0 : prevKv.key().length() + prevKv.value().length();
    return OVERHEAD_BYTES + event.kv().key().length() + event.kv().value().length() + prevBytes;
  }
}
