package io.kvorum.watch;

import io.kvorum.model.Event;
import io.kvorum.watch.WatchLimits.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jctools.queues.atomic.SpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Hands published revisions from the Raft thread to the hub thread, in a bounded queue. One thread
 * offers, one polls.
 *
 * <p>The Raft thread never waits: a revision for which there is no room is left out and shows in
 * {@link #lostRevision}, and the hub reads it from the store instead.
 *
 * <p>Held by: WatchHubTest, WatchHubThreadsTest.
 */
final class PublishedQueue {
  /** All events of one revision, in order. */
  record RevisionEvents(long revision, List<WatchEvent> events, long bytes) {}

  private record Published(long revision, List<Event> events, long bytes) {}

  private final Budget budget;
  private final Queue<Published> queue;

  /** Written by the Raft thread alone. */
  private long offeredBytes;

  /** Written by the hub thread alone. */
  private volatile long takenBytes;

  /** Written by the Raft thread alone. */
  private volatile long lostRevision;

  PublishedQueue(Budget budget) {
    this.budget = budget;
    this.queue = new SpscAtomicArrayQueue<>(budget.count());
  }

  void offer(long revision, List<Event> events) {
    long bytes = 0;
    for (int i = 0; i < events.size(); i++) {
      bytes += WatchEvent.bytesOf(events.get(i));
    }
    boolean hasRoom = offeredBytes - takenBytes < budget.bytes();
    if (hasRoom && queue.offer(new Published(revision, events, bytes))) {
      offeredBytes += bytes;
    } else {
      lostRevision = revision;
    }
  }

  /** Revisions up to this one were never offered. */
  void skip(long revision) {
    lostRevision = revision;
  }

  @Nullable RevisionEvents poll() {
    Published published = queue.poll();
    if (published == null) {
      return null;
    }
    takenBytes += published.bytes();
    List<WatchEvent> events = new ArrayList<>(published.events().size());
    for (Event event : published.events()) {
      events.add(new WatchEvent(event));
    }
    return new RevisionEvents(published.revision(), events, published.bytes());
  }

  /** Drops what waits. */
  void clear() {
    for (Published published = queue.poll(); published != null; published = queue.poll()) {
      takenBytes += published.bytes();
    }
  }

  /** The last revision that was left out or skipped; 0 if none. */
  long lostRevision() {
    return lostRevision;
  }

  /** True if nothing waits and nothing above {@code processedRevision} was left out. */
  boolean isSettled(long processedRevision) {
    return queue.isEmpty() && lostRevision <= processedRevision;
  }
}
