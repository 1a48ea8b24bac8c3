package io.kvorum.sim;

import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.LongSupplier;

/** Keeps the time of a simulated cluster, and the tasks that are due at a time. */
final class ClusterSchedule implements LongSupplier {
  private static final long START = 1_000_000_000_000L;

  private record Event(long at, long sequence, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return at != other.at ? Long.compare(at, other.at) : Long.compare(sequence, other.sequence);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Random random;
  private long now = START;
  private long sequence;

  ClusterSchedule(Random random) {
    this.random = random;
  }

  @Override
  public long getAsLong() {
    return now;
  }

  long millis() {
    return (now - START) / 1_000_000;
  }

  /** Since the beginning. */
  long nanos() {
    return now - START;
  }

  void after(long nanos, Runnable action) {
    events.add(new Event(now + Math.max(0, nanos), sequence++, action));
  }

  void afterMillis(long millis, Runnable action) {
    after(millis * 1_000_000 + random.nextInt(1_000_000), action);
  }

  /** When the next event is due. */
  long next() {
    Event first = events.peek();
    return first == null ? Long.MAX_VALUE : first.at();
  }

  /** Advances to that moment and runs the events that are due. */
  void advanceTo(long nanos) {
    now = Math.max(now, nanos);
    Event first = events.peek();
    while (first != null && first.at() <= now) {
      events.remove();
      first.action().run();
      first = events.peek();
    }
  }
}
