package io.kvorum.watch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The watchers that are fed with each revision as it is published, and the gate through which late
 * ones join them. Confined to the hub thread.
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
    this.fanOut = new FanOut(new Leaving(), limits.batch());
  }

  /** Where the two ways out of a group lead to. */
  private final class Leaving implements FanOut.Leaving {
    @Override
    public void streamIsFull(Watcher watcher, long next) {
      leave(watcher, next);
      catchUp.block(watcher);
    }

    @Override
    public void needsStore(Watcher watcher, long next) {
      leave(watcher, next);
      catchUp.add(watcher);
    }

    private void leave(Watcher watcher, long next) {
      if (watcher.state == Watcher.State.SYNCED) {
        size--;
      }
      watcher.next = next;
    }
  }

  /** The last revision that was fanned out: a watcher that needs nothing up to it may be synced. */
  long processed() {
    return processed;
  }

  /** How many there are; for any thread. */
  int size() {
    return size;
  }

  /** Begins to take what is published after the given revision. */
  void begin(long revision) {
    processed = revision;
  }

  /** Lets go of what is kept for watchers, as there are none. */
  void rest() {
    published.clear();
    recent.clear();
  }

  /** Fans out a batch of what was published; false if there was nothing. */
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
   * Takes in those that can be taken in, and sends the others to be caught up. What went by and is
   * still among the recent revisions is fanned out to the joining alone, the first of them first.
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
