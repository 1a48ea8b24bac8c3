package io.kvorum.watch;

import io.kvorum.model.Event;
import io.kvorum.model.KeyValue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A committed event as all its watchers share it: the event, and its encoded form, made once by
 * whoever sends it first. Thread-safe: two senders may both encode, and one of the equal results
 * stays.
 *
 * <p>Whoever gets it with the previous version asked for finds that in the event already, unless
 * there was none or it has been compacted.
 */
public final class WatchEvent {
  /** About what an event takes on the heap and on the wire beside its keys and values. */
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

  /** The encoded form; {@code withPrevKv} says whether the encoder is to include that. */
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

  /** What this event weighs in a bounded queue. */
  long bytes() {
    return bytes;
  }

  /** False if a previous version may exist that was not carried along, and so has to be read. */
  boolean knowsPrevKv() {
    return event.prevKv() != null || event.kv().isCreation();
  }

  static long bytesOf(Event event) {
    KeyValue prevKv = event.prevKv();
    long prevBytes = prevKv == null ? 0 : prevKv.key().length() + prevKv.value().length();
    return OVERHEAD_BYTES + event.kv().key().length() + event.kv().value().length() + prevBytes;
  }
}
