package io.kvorum.watch;

import io.kvorum.watch.PublishedQueue.RevisionEvents;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Feeds the synced watchers with each revision as it is published, and lets late ones join them.
 * Confined to the hub thread.
 *
 * <p>A watcher is here only if it needs nothing at or below {@link #processed}.
 *
 * <p>Held by: WatchHubTest, WatchCatchUpTest, WatchSimulationTest.
 */
final class SyncedWatchers {
  private final PublishedQueue published;
  private final CatchUp catchUp;
  private final RangeMap<WatcherGroup> index = new RangeMap<>();
  private final RecentRevisions recent;
  private final FanOut fanOut;
  private long processed;
  private long nowNanos;
  private volatile int size;

  SyncedWatchers(PublishedQueue published, CatchUp catchUp, WatchLimits limits) {
    this.published = published;
    this.catchUp = catchUp;
    this.recent = new RecentRevisions(limits.recent());
    this.fanOut = new FanOut(this, limits.batch());
  }

  /**
   * The fan-out could queue nothing from {@code next} on: the stream is full. The watcher has been
   * taken out of its group.
   */
  void streamIsFull(Watcher watcher, long next) {
    leave(watcher, next);
    catchUp.block(watcher);
  }

  /**
   * The fan-out could queue nothing from {@code next} on: a previous version has to be read from
   * the store. The watcher has been taken out of its group.
   */
  void needsStore(Watcher watcher, long next) {
    leave(watcher, next);
    catchUp.add(watcher);
  }

  private void leave(Watcher watcher, long next) {
    if (watcher.state == Watcher.State.SYNCED) {
      size--;
    }
    watcher.next = next;
  }

  /** The last revision that was fanned out. */
  long processed() {
    return processed;
  }

  /** The number of synced watchers; for any thread. */
  int size() {
    return size;
  }

  /** Expects revisions above the given one, now that there is a first watcher. */
  void begin(long revision) {
    processed = revision;
  }

  /** Drops published and recent revisions, now that there is no watcher. */
  void rest() {
    published.clear();
    recent.clear();
  }

  /** Fans out a batch of published revisions; false if there was none. */
  boolean takePublished(long now) {
    nowNanos = now;
    boolean worked = false;
    while (!fanOut.batchIsFull()) {
      RevisionEvents revision = published.poll();
      if (revision == null) {
        skipTo(published.lostRevision());
        break;
      }
      worked = true;
      if (revision.revision() > processed) {
        skipTo(revision.revision() - 1);
        fanOut.collect(index, revision);
        recent.add(revision);
        processed = revision.revision();
      }
    }
    fanOut.deliver(index, processed, nowNanos);
    return worked;
  }

  /** Makes each watcher late that needs a revision up to this one, which is lost. */
  private void skipTo(long lost) {
    if (lost <= processed) {
      return;
    }
    fanOut.deliver(index, processed, nowNanos);
    for (WatcherGroup group : index.values()) {
      for (int i = group.size() - 1; i >= 0; i--) {
        Watcher watcher = group.member(i);
        watcher.next = Math.max(watcher.next, processed + 1);
        if (watcher.next <= lost) {
          remove(watcher);
          catchUp.add(watcher);
        }
      }
    }
    recent.clear();
    processed = lost;
  }

  /**
   * Makes each watcher synced if the recent revisions reach back to what it needs, otherwise late.
   * The recent revisions are fanned out to the joining watchers only, in order.
   */
  void place(Collection<Watcher> watchers, long now) {
    nowNanos = now;
    List<Watcher> joining = new ArrayList<>(watchers.size());
    for (Watcher watcher : watchers) {
      watcher.state = Watcher.State.UNPLACED;
      if (watcher.next > processed || recent.covers(watcher.next)) {
        joining.add(watcher);
      } else {
        catchUp.add(watcher);
      }
    }
    join(joining);
  }

  private void join(List<Watcher> joining) {
    RangeMap<WatcherGroup> aside = new RangeMap<>();
    long start = processed + 1;
    for (int i = joining.size() - 1; i >= 0; i--) {
      Watcher watcher = joining.get(i);
      aside.computeIfAbsent(watcher.range, WatcherGroup::new).add(watcher);
      start = Math.min(start, watcher.next);
    }
    for (long revision = start; revision <= processed; revision++) {
      fanOut.collect(aside, recent.get(revision));
      if (fanOut.batchIsFull() || revision == processed) {
        fanOut.deliver(aside, revision, nowNanos);
      }
    }
    for (WatcherGroup group : aside.values()) {
      for (int i = 0; i < group.size(); i++) {
        add(group.member(i));
      }
    }
  }

  private void add(Watcher watcher) {
    watcher.state = Watcher.State.SYNCED;
    index.computeIfAbsent(watcher.range, WatcherGroup::new).add(watcher);
    size++;
  }

  void remove(Watcher watcher) {
    WatcherGroup group = index.computeIfAbsent(watcher.range, WatcherGroup::new);
    group.remove(watcher);
    if (group.size() == 0) {
      index.remove(watcher.range);
    }
    size--;
  }
}
