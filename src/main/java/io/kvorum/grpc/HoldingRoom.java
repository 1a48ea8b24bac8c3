package io.kvorum.grpc;

import io.netty.channel.EventLoop;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps connections waiting until they are called, within limits of their number and bytes.
 * Thread-safe.
 *
 * <p>Whoever waits for a change enters first and looks for the change afterwards: whoever makes it
 * makes it first and calls afterwards. So nobody is forgotten; some are called in vain.
 */
final class HoldingRoom {
  private final HoldLimits limits;
  private final Set<Place> places = ConcurrentHashMap.newKeySet();
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  HoldingRoom(HoldLimits limits) {
    this.limits = limits;
  }

  /** The place of one connection. Confined to its event loop. */
  final class Place {
    private final EventLoop loop;
    private final Runnable onCall;
    private int held;

    private Place(EventLoop loop, Runnable onCall) {
      this.loop = loop;
      this.onCall = onCall;
    }

    /** Notes how much is kept for the connection; false if that is too much for all together. */
    boolean hold(int total) {
      long all = bytes.addAndGet((long) total - held);
      held = total;
      return all <= limits.bytesInAll();
    }

    /** Whether no more should be read. */
    boolean isFull() {
      return held >= limits.bytesEach();
    }

    /** Gives the place up; again does nothing. */
    void leave() {
      if (places.remove(this)) {
        taken.decrementAndGet();
        bytes.addAndGet(-held);
      }
    }
  }

  /**
   * Takes a place; null if there is none left.
   *
   * @param onCall runs on that event loop, for each call while the place is kept
   */
  @Nullable Place enter(EventLoop loop, Runnable onCall) {
    if (taken.incrementAndGet() > limits.connections()) {
      taken.decrementAndGet();
      return null;
    }
    Place place = new Place(loop, onCall);
    places.add(place);
    return place;
  }

  /** Calls everyone who waits. */
  void call() {
    for (Place place : places) {
      try {
        place.loop.execute(
            () -> {
              if (places.contains(place)) {
                place.onCall.run();
              }
            });
      } catch (RejectedExecutionException stopped) {
        place.leave();
      }
    }
  }

  /** How many wait. */
  int size() {
    return taken.get();
  }
}
