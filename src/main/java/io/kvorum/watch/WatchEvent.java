package io.kvorum.watch;

import io.kvorum.model.Event;
import io.kvorum.model.KeyValue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A committed event as all its watchers share it: the event, and its encoded form, made once by
 * whoever sends it first. Thread-safe: two senders may both encode, and one of the equal results
 * stays.
 */
public final class WatchEvent {
  private final Event event;
  private volatile @Nullable Object encoded;
  private volatile @Nullable Object encodedWithPrevKv;

  public WatchEvent(Event event) {
    this.event = event;
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
    T made = encoder.apply(new Event(event.kv(), prevKv));
    if (withPrevKv) {
      encodedWithPrevKv = made;
    } else {
      encoded = made;
    }
    return made;
  }
}
