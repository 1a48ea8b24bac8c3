package io.kvorum.rest;

import io.kvorum.service.Caller;
import io.kvorum.service.Entrance;
import io.kvorum.service.Journal;
import org.jspecify.annotations.Nullable;

/**
 * Holds what is noted of one stream: its first request begins it, the end of the stream ends it.
 * Thread-safe.
 *
 * <p>Held by: StreamVisitTest.
 *
 * @param <S> the service
 */
final class StreamVisit<S> {
  private final Entrance<S> entrance;
  private final Caller caller;

  // Guarded by this.
  private Entrance.@Nullable Visit<S> visit;
  private boolean hasEnded;

  StreamVisit(Entrance<S> entrance, Caller caller) {
    this.entrance = entrance;
    this.caller = caller;
  }

  /**
   * The service, for a request of the stream.
   *
   * @throws io.kvorum.model.RequestException if the request is refused
   */
  synchronized S admit(Object request) {
    if (visit != null) {
      return entrance.admit(caller, request);
    }
    Entrance.Visit<S> begun = entrance.enter(caller, request, Journal.Kind.STREAM);
    visit = begun;
    if (hasEnded) {
      begun.ended(null, null);
    }
    return begun.service();
  }

  /** The stream has ended; again does nothing. */
  synchronized void ended() {
    hasEnded = true;
    if (visit != null) {
      visit.ended(null, null);
    }
  }
}
