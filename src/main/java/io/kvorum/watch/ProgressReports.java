package io.kvorum.watch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/**
 * Sends progress notifications: periodically to idle watchers that want them, and to streams that
 * requested one. A notification passes through the same queue as the events, after all of them up
 * to its revision. Confined to the hub thread.
 *
 * <p>A watcher's timer is read only when it is due, so a message in between costs nothing here.
 *
 * <p>Held by: WatchProgressTest.
 */
final class ProgressReports {
  private static final double JITTER = 0.1;

  private final long intervalNanos;
  private final Random random;
  private final List<WatchStream> requests = new ArrayList<>();
  private final TreeSet<Watcher> timers =
      new TreeSet<>(
          Comparator.<Watcher>comparingLong(watcher -> watcher.progressDueNanos)
              .thenComparingLong(watcher -> watcher.number));

  ProgressReports(Duration interval, Random random) {
    if (interval.isNegative() || interval.isZero()) {
      throw new IllegalArgumentException("a progress interval of " + interval);
    }
    this.intervalNanos = interval.toNanos();
    this.random = random;
  }

  void add(Watcher watcher, long nowNanos) {
    watcher.lastMessageNanos = nowNanos;
    if (watcher.spec.wantsProgress()) {
      watcher.progressIntervalNanos =
          intervalNanos + (long) (JITTER * random.nextDouble() * intervalNanos);
      schedule(watcher, nowNanos);
    }
  }

  void remove(Watcher watcher) {
    timers.remove(watcher);
  }

  void requested(WatchStream stream) {
    requests.add(stream);
  }

  /** When the next timer is due; {@code Long.MAX_VALUE} if there is none. */
  long nextDueNanos() {
    return timers.isEmpty() ? Long.MAX_VALUE : timers.first().progressDueNanos;
  }

  void send(long processed, long nowNanos) {
    while (nextDueNanos() <= nowNanos) {
      Watcher watcher = timers.first();
      timers.remove(watcher);
      boolean idle = nowNanos - watcher.lastMessageNanos >= watcher.progressIntervalNanos;
      if (idle && hasReached(watcher, processed) && watcher.stream.hasNothingQueued()) {
        watcher.stream.answer(new WatchMessage.Progress(watcher.id, processed));
        watcher.lastMessageNanos = nowNanos;
      }
      schedule(watcher, idle ? nowNanos : watcher.lastMessageNanos);
    }
    for (Iterator<WatchStream> asking = requests.iterator(); asking.hasNext(); ) {
      if (isAnswered(asking.next(), processed)) {
        asking.remove();
      }
    }
  }

  private void schedule(Watcher watcher, long sinceNanos) {
    watcher.progressDueNanos = sinceNanos + watcher.progressIntervalNanos;
    timers.add(watcher);
  }

  /**
   * False while a revision that was visible when the client asked has not passed through the hub.
   */
  private static boolean isAnswered(WatchStream stream, long processed) {
    long askedFor;
    do {
      askedFor = stream.progressAskedFor();
      if (processed < askedFor && !stream.watchers.isEmpty()) {
        return false;
      }
    } while (!stream.endProgressRequest(askedFor));
    if (stream.watchers.isEmpty()) {
      return true;
    }
    for (Watcher watcher : stream.watchers.values()) {
      if (!hasReached(watcher, processed)) {
        return true;
      }
    }
    stream.answerProgress(new WatchMessage.Progress(WatchMessage.NO_WATCHER, processed));
    return true;
  }

  /** A pass may have served it beyond what the hub has processed: progress never goes back. */
  private static boolean hasReached(Watcher watcher, long processed) {
    return watcher.state == Watcher.State.SYNCED
        && processed >= Math.max(watcher.firstProgress, watcher.next - 1);
  }
}
