package io.kvorum.grpc;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets one JSON request wait for a route, in a place of the {@link HoldingRoom} and for a limited
 * time. Confined to the event loop.
 *
 * <p>Held by: HttpHoldTest.
 */
final class Hold {
  private final HoldingRoom.Place place;
  private final ScheduledFuture<?> deadline;
  private boolean isOver;

  private Hold(HoldingRoom.Place place, ScheduledFuture<?> deadline) {
    this.place = place;
    this.deadline = deadline;
  }

  /**
   * Begins to wait; null if there is no place left.
   *
   * @param onCall called when there may be a route
   * @param onTimeout called when the wait has been too long
   */
  static @Nullable Hold begin(
      HttpRelay.Target target, EventLoop loop, Runnable onCall, Runnable onTimeout) {
    HoldingRoom.Place place = target.routing().room().enter(loop, onCall);
    if (place == null) {
      return null;
    }
    return new Hold(
        place, loop.schedule(onTimeout, target.hold().time().toNanos(), TimeUnit.NANOSECONDS));
  }

  /** Notes how much is kept of the request; false if that is too much for all together. */
  boolean keep(int bytes) {
    return place.hold(bytes);
  }

  /** Whether the rest should stay in the network. */
  boolean isFull() {
    return place.isFull();
  }

  /** Whether the request still waits. */
  boolean isOn() {
    return !isOver;
  }

  /** Ends the wait; again does nothing. */
  void end() {
    if (!isOver) {
      isOver = true;
      place.leave();
      deadline.cancel(false);
    }
  }
}
