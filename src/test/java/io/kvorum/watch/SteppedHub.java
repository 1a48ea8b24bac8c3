package io.kvorum.watch;

import io.kvorum.model.Bytes;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.watch.WatchLimits.Budget;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A hub over a history, both driven by hand; with a queue of {@link #QUEUED_EVENTS} per stream. */
final class SteppedHub {
  static final Duration INTERVAL = Duration.ofMinutes(10);
  static final int QUEUED_EVENTS = 4;

  final RecordedEvents history = new RecordedEvents();
  final Deque<Runnable> passes = new ArrayDeque<>();
  final WatchHub hub;
  private long nanos;

  SteppedHub() {
    this(new Budget(1000, 1 << 20));
  }

  SteppedHub(Budget recent) {
    WatchLimits standard = WatchLimits.standard();
    WatchLimits limits =
        new WatchLimits(
            new Budget(8, 1 << 20),
            standard.batch(),
            standard.message(),
            new Budget(QUEUED_EVENTS, 1 << 20),
            standard.queues(),
            recent,
            standard.pass(),
            standard.passWatchers());
    hub =
        new WatchHub(
            history, INTERVAL, limits, new HubRuntime(() -> nanos, new Random(7), passes::add));
  }

  WatchStream open() {
    return hub.open(() -> {});
  }

  long put(String key, String value) {
    return write(true, new RecordedEvents.Write(Bytes.utf8(key), Bytes.utf8(value)));
  }

  long delete(String key) {
    return write(true, new RecordedEvents.Write(Bytes.utf8(key), null));
  }

  long putWithoutPrevKv(String key, String value) {
    return write(false, new RecordedEvents.Write(Bytes.utf8(key), Bytes.utf8(value)));
  }

  long write(boolean withPrevKv, RecordedEvents.Write... writes) {
    long revision = history.write(List.of(writes));
    history.makeVisible(revision);
    List<Event> events = new ArrayList<>();
    for (Event event : history.events(revision)) {
      events.add(withPrevKv ? event : new Event(event.kv(), null));
    }
    hub.publish(revision, events);
    return revision;
  }

  /** As if another member's state was installed, which has so many more revisions. */
  long jump(String key, int revisions) {
    long last = 0;
    for (int i = 0; i < revisions; i++) {
      Bytes value = Bytes.utf8("j" + i);
      last = history.write(List.of(new RecordedEvents.Write(Bytes.utf8(key), value)));
    }
    history.makeVisible(last);
    return last;
  }

  void step() {
    while (hub.step()) {}
  }

  void pass(Duration time) {
    nanos += time.toNanos();
    step();
    hub.step();
  }

  /** Runs the pass that was asked for, and what follows. */
  void catchUp() {
    step();
    for (Runnable pass = passes.poll(); pass != null; pass = passes.poll()) {
      pass.run();
      step();
    }
  }

  /** All messages there are. */
  List<WatchMessage> messages(WatchStream stream) {
    step();
    List<WatchMessage> messages = new ArrayList<>();
    for (WatchMessage message = stream.poll(); message != null; message = stream.poll()) {
      messages.add(message);
    }
    return messages;
  }

  @Nullable WatchMessage next(WatchStream stream) {
    step();
    return stream.poll();
  }

  static Spec watch(String key) {
    return new Spec(KeyRange.single(Bytes.utf8(key)));
  }

  static Spec watch(KeyRange range) {
    return new Spec(range);
  }

  /** A spec in the making. */
  static final class Spec {
    private final KeyRange range;
    private long id;
    private long start;
    private boolean prevKv;
    private boolean progress;
    private boolean skipsPuts;
    private boolean skipsDeletes;

    private Spec(KeyRange range) {
      this.range = range;
    }

    Spec id(long value) {
      id = value;
      return this;
    }

    Spec from(long revision) {
      start = revision;
      return this;
    }

    Spec withPrevKv() {
      prevKv = true;
      return this;
    }

    Spec withProgress() {
      progress = true;
      return this;
    }

    Spec withoutPuts() {
      skipsPuts = true;
      return this;
    }

    Spec withoutDeletes() {
      skipsDeletes = true;
      return this;
    }

    WatchSpec on() {
      return new WatchSpec(id, range, start, prevKv, progress, skipsPuts, skipsDeletes, false);
    }
  }
}
