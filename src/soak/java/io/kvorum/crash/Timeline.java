package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.proto.mvccpb.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Records answered calls with the time that each took and the revision that its answer named. As
 * every answer names one, linearizability needs no search: revisions are the order, so it is enough
 * that they agree with the clock, and that each answer is what the history says for its revision.
 *
 * <pre>
 *   put a ──── 7          get a ──── 7: must be what put a wrote, and 7 is not below 7
 *                              get a ──── 6: stale; it began when 7 was known
 * </pre>
 *
 * Thread-safe.
 */
final class Timeline {

  /** Says whether an answer fits the store as it was at the answer's revision. */
  interface Claim {
    void check(ExpectedStore then);
  }

  /**
   * An answered call.
   *
   * @param what who did what, for failures
   * @param order what the clock says about its revision
   * @param startNanos when it was called, and
   * @param endNanos when it was answered, on this JVM's clock
   */
  record Call(
      String what, Order order, long startNanos, long endNanos, long revision, Claim claim) {}

  /** What the revision of an answer must be, compared to those known before the call. */
  enum Order {
    /** Greater: the call made it. */
    NEW,
    /** Not smaller. */
    CURRENT,
    /** Anything: the call asked for what one member knows. */
    ANY
  }

  private final List<Call> calls = new ArrayList<>();
  private int changes;

  synchronized void add(Call call) {
    calls.add(call);
    if (call.order() == Order.NEW) {
      changes++;
      notifyAll();
    }
  }

  /** Answered writes so far. */
  synchronized int changes() {
    return changes;
  }

  synchronized List<Call> calls() {
    return List.copyOf(calls);
  }

  /** Waits until so many more writes are answered; false if they are not in time. */
  synchronized boolean awaitMoreChanges(int more, Duration atMost) throws InterruptedException {
    int enough = changes + more;
    long deadline = System.nanoTime() + atMost.toNanos();
    long left = atMost.toMillis();
    while (changes < enough && left > 0) {
      wait(left);
      left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }
    return changes >= enough;
  }

  /** The longest time in which no write was answered, between the first and the last that were. */
  Duration longestSilence() {
    long longest = 0;
    long last = Long.MIN_VALUE;
    List<Call> ended = new ArrayList<>(calls());
    ended.removeIf(call -> call.order() != Order.NEW);
    ended.sort(Comparator.comparingLong(Call::endNanos));
    for (Call call : ended) {
      if (last != Long.MIN_VALUE) {
        longest = Math.max(longest, call.endNanos() - last);
      }
      last = call.endNanos();
    }
    return Duration.ofNanos(longest);
  }

  /** Compares all that was answered with the events of all revisions. */
  void check(List<Event> history) {
    List<Call> all = calls();
    checkClock(all);
    checkClaims(all, history);
  }

  private static void checkClock(List<Call> all) {
    List<Call> byEnd = new ArrayList<>(all);
    byEnd.removeIf(call -> call.order() == Order.ANY);
    List<Call> byStart = new ArrayList<>(byEnd);
    byEnd.sort(Comparator.comparingLong(Call::endNanos));
    byStart.sort(Comparator.comparingLong(Call::startNanos));
    int ended = 0;
    Call newest = null;
    for (Call call : byStart) {
      for (; byEnd.get(ended).endNanos() < call.startNanos(); ended++) {
        if (newest == null || byEnd.get(ended).revision() > newest.revision()) {
          newest = byEnd.get(ended);
        }
      }
      if (newest != null) {
        long least = newest.revision() + (call.order() == Order.NEW ? 1 : 0);
        assertThat(call.revision())
            .as("revision of %s, which began after the end of %s", call, newest)
            .isGreaterThanOrEqualTo(least);
      }
    }
  }

  private static void checkClaims(List<Call> all, List<Event> history) {
    Map<Long, List<Event>> events = new TreeMap<>();
    for (Event event : history) {
      events.computeIfAbsent(event.getKv().getModRevision(), r -> new ArrayList<>()).add(event);
    }
    List<Call> byRevision = new ArrayList<>(all);
    byRevision.sort(Comparator.comparingLong(Call::revision));
    ExpectedStore store = new ExpectedStore();
    for (Call call : byRevision) {
      while (store.revision() < call.revision()) {
        List<Event> next = events.get(store.revision() + 1);
        assertThat(next)
            .as("events of revision %s, which %s has named or passed", store.revision() + 1, call)
            .isNotNull();
        store.apply(next);
      }
      call.claim().check(store);
    }
  }
}
