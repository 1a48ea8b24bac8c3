package io.kvorum.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A client of one stream that holds each message against the full history: each watcher must see
 * exactly the events of its range, once, in order, in whole revisions, and each header revision
 * must be true. Confined to one thread, but for {@link #wake}.
 */
final class CheckingClient {
  /** A watcher as the client knows it: everything below {@code next} has been told. */
  private static final class Seen {
    final WatchSpec spec;
    final KeyRange range;
    final long createdRevision;
    long next;

    Seen(WatchSpec spec, long createdRevision) {
      this.spec = spec;
      this.range = Watcher.normalized(spec.range());
      this.createdRevision = createdRevision;
      this.next = spec.startRevision() == 0 ? createdRevision + 1 : spec.startRevision();
    }
  }

  private final RecordedEvents history;
  private final WatchStream stream;
  private final Deque<WatchSpec> asked = new ArrayDeque<>();
  private final Map<Long, Seen> open = new HashMap<>();
  private final Set<Long> cancelsAsked = new HashSet<>();
  private volatile boolean awake;
  private long lastProgress;
  private long eventCount;
  private long compactionCancels;
  private long progressCount;
  private int largestMessageRevisions;
  private long lastCompactRevision;

  CheckingClient(WatchHub hub, RecordedEvents history) {
    this(hub, history, () -> {});
  }

  CheckingClient(WatchHub hub, RecordedEvents history, Runnable alsoOnWake) {
    this.history = history;
    this.stream =
        hub.open(
            () -> {
              assertThat(awake).as("woken while awake").isFalse();
              awake = true;
              alsoOnWake.run();
            });
  }

  void create(WatchSpec spec) {
    asked.add(spec);
    stream.create(spec);
  }

  void cancel(long watchId) {
    cancelsAsked.add(watchId);
    stream.cancel(watchId);
  }

  void requestProgress() {
    stream.requestProgress();
  }

  void close() {
    stream.close();
    assertThat(stream.poll()).isNull();
  }

  List<Long> openIds() {
    return open.keySet().stream().sorted().toList();
  }

  /** The first revision that the watcher has not been told of. */
  long nextOf(long watchId) {
    return open.get(watchId).next;
  }

  /** Up to where the last watcher that was canceled for that found everything compacted. */
  long lastCompactRevision() {
    return lastCompactRevision;
  }

  boolean isAwake() {
    return awake;
  }

  long eventCount() {
    return eventCount;
  }

  long compactionCancels() {
    return compactionCancels;
  }

  long progressCount() {
    return progressCount;
  }

  long lastProgress() {
    return lastProgress;
  }

  int largestMessageRevisions() {
    return largestMessageRevisions;
  }

  /** Takes up to so many messages; none unless it was woken. Returns how many there were. */
  int read(int maxMessages) {
    for (int i = 0; i < maxMessages; i++) {
      if (!awake) {
        return i;
      }
      // Before the poll: from the null on, the hub may wake again.
      awake = false;
      WatchMessage message = stream.poll();
      if (message == null) {
        return i;
      }
      awake = true;
      check(message);
    }
    return maxMessages;
  }

  /** Nothing that happened up to the revision may still be missing. */
  void expectComplete(long revision) {
    assertThat(asked).as("creations without an answer").isEmpty();
    open.forEach((id, seen) -> expectNothing(id, seen, revision));
  }

  private void check(WatchMessage message) {
    if (message instanceof WatchMessage.Created created) {
      WatchSpec spec = asked.remove();
      assertThat(spec.watchId() == 0 || spec.watchId() == created.watchId()).isTrue();
      assertThat(created.revision()).isLessThanOrEqualTo(history.revision());
      assertThat(open.put(created.watchId(), new Seen(spec, created.revision()))).isNull();
    } else if (message instanceof WatchMessage.Refused refused) {
      assertThat(refused.watchId()).isEqualTo(WatchMessage.NO_WATCHER);
      WatchSpec spec = asked.remove();
      boolean justified =
          spec.startRevision() < 0
              || spec.range().isEmpty()
              || open.containsKey(spec.watchId())
              || cancelsAsked.contains(spec.watchId());
      assertThat(justified).as("%s of %s", refused, spec).isTrue();
    } else if (message instanceof WatchMessage.Canceled canceled) {
      checkCanceled(canceled);
    } else if (message instanceof WatchMessage.Events events) {
      checkEvents(events);
    } else if (message instanceof WatchMessage.Progress progress) {
      checkProgress(progress);
    }
  }

  private void checkCanceled(WatchMessage.Canceled canceled) {
    Seen seen = open.remove(canceled.watchId());
    assertThat(seen).as("%s of a watcher that is not open", canceled).isNotNull();
    if (canceled.compactRevision() == 0) {
      assertThat(cancelsAsked).contains(canceled.watchId());
    } else {
      compactionCancels++;
      lastCompactRevision = canceled.compactRevision();
      assertThat(canceled.revision()).isZero();
      assertThat(canceled.compactRevision())
          .isGreaterThan(seen.next)
          .isLessThanOrEqualTo(history.compactedRevision());
    }
  }

  private void checkEvents(WatchMessage.Events message) {
    Seen seen = open.get(message.watchId());
    assertThat(seen).as("%s of a watcher that is not open", message).isNotNull();
    assertThat(message.wantsPrevKv()).isEqualTo(seen.spec.wantsPrevKv());
    assertThat(message.mayFragment()).isEqualTo(seen.spec.mayFragment());
    assertThat(message.revision()).isLessThanOrEqualTo(history.lastRevision());
    List<Event> expected = expected(seen, message.revision());
    List<Event> told = message.events().stream().map(WatchEvent::event).toList();
    assertThat(told).isNotEmpty();
    assertThat(told.stream().map(Event::kv).toList())
        .as("watcher %s from %s to %s", message.watchId(), seen.next, message.revision())
        .isEqualTo(expected.stream().map(Event::kv).toList());
    if (seen.spec.wantsPrevKv()) {
      for (int i = 0; i < told.size(); i++) {
        checkPrevKv(told.get(i), expected.get(i));
      }
    }
    seen.next = message.revision() + 1;
    eventCount += told.size();
    long distinct = told.stream().mapToLong(event -> event.kv().modRevision()).distinct().count();
    largestMessageRevisions = Math.max(largestMessageRevisions, (int) distinct);
  }

  private void checkPrevKv(Event told, Event truth) {
    boolean mayBeGone = truth.kv().modRevision() <= history.compactedRevision();
    if (told.prevKv() != null || !mayBeGone) {
      assertThat(told.prevKv()).as("previous of %s", told.kv()).isEqualTo(truth.prevKv());
    }
  }

  private void checkProgress(WatchMessage.Progress progress) {
    progressCount++;
    List<Long> about =
        progress.watchId() == WatchMessage.NO_WATCHER ? openIds() : List.of(progress.watchId());
    for (long id : about) {
      Seen seen = open.get(id);
      assertThat(seen).as("%s of a watcher that is not open", progress).isNotNull();
      long start = seen.spec.startRevision();
      assertThat(progress.revision())
          .isGreaterThanOrEqualTo(start == 0 ? seen.createdRevision : start);
      expectNothing(id, seen, progress.revision());
      assertThat(progress.revision())
          .as("progress behind events")
          .isGreaterThanOrEqualTo(seen.next - 1);
      seen.next = progress.revision() + 1;
    }
    if (progress.watchId() == WatchMessage.NO_WATCHER) {
      assertThat(progress.revision()).isGreaterThanOrEqualTo(lastProgress);
      lastProgress = progress.revision();
    }
  }

  private void expectNothing(long id, Seen seen, long revision) {
    assertThat(expected(seen, revision))
        .as("missed by watcher %s from %s to %s", id, seen.next, revision)
        .isEmpty();
  }

  private List<Event> expected(Seen seen, long to) {
    List<Event> expected = new ArrayList<>();
    for (Event event : history.events(seen.range, seen.next, to)) {
      boolean skipped = event.isDelete() ? seen.spec.skipsDeletes() : seen.spec.skipsPuts();
      if (!skipped) {
        expected.add(event);
      }
    }
    return expected;
  }
}
