package io.kvorum.watch;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one owner of all watchers: everything that decides what a watcher has got and what it gets
 * next happens here, in steps, on the hub thread.
 *
 * <pre>
 *   engine thread          hub thread                                  catch-up thread
 *
 *   publish(r) ──ring──▶  processed = r                                changesFrom, versionBefore
 *                            │                                              ▲        │
 *                            ▼              stream full, or               pass    outcome
 *                         SYNCED ─── previous version unknown,              │        │
 *                            ▲         or revisions lost ───▶  LATE ────▶ IN_PASS    │
 *                            │                                  ▲  ▲                 │
 *                            │          stream drained          │  └── next is old ──┤
 *               next &gt; processed,     ┌────────── BLOCKED ◀─────┼─── stream full ─────┤
 *              or what is missing     │                         │                     │
 *              is among the recent ◀──┴─────────────────────────┴─── next is recent ──┘
 * </pre>
 *
 * <p>{@code processed} is the last revision that was fanned out. A watcher may be synced if it
 * needs nothing at or below it, so joining is a comparison of two numbers that only this thread
 * changes: there is no moment at which a revision could slip through or come twice. A pass that
 * comes back a little late finds the rest among the recent revisions, which are fanned out to those
 * who join alone. A revision that did not fit into the ring shows as a gap: then every synced
 * watcher is late.
 *
 * <p>While nobody watches, nothing is published at all. The first watcher sets {@link #isWatching}
 * and then reads the revision of the store; the engine makes a revision visible there and then
 * looks whether anybody watches. So the first revision that is published follows the one read, or
 * is not above it.
 */
final class Dispatcher {
  private static final System.Logger LOG = System.getLogger(Dispatcher.class.getName());
  private static final int TASKS_PER_STEP = 4096;

  private final WatchSource source;
  private final HubRuntime runtime;
  private final PublishedQueue published;
  private final Mailbox mailbox;
  private final RangeMap<WatcherGroup> synced = new RangeMap<>();
  private final CatchUp catchUp;
  private final RecentRevisions recent;
  private final FanOut fanOut;
  private final ProgressReports progress;
  private final List<WatchStream> toWake = new ArrayList<>();

  private long processed;
  private long nowNanos;
  private long watchersMade;

  private volatile boolean watching;
  private volatile int watcherCount;
  private volatile int syncedCount;

  Dispatcher(
      WatchSource source,
      WatchLimits limits,
      HubRuntime runtime,
      Mailbox mailbox,
      Duration progressInterval) {
    this.source = source;
    this.runtime = runtime;
    this.published = new PublishedQueue(limits.ring());
    this.mailbox = mailbox;
    this.recent = new RecentRevisions(limits.recent());
    this.progress = new ProgressReports(progressInterval, runtime.random());
    this.catchUp = new CatchUp(source, limits, runtime, mailbox, new CatchUpOwner());
    this.fanOut = new FanOut(new Leaving(), limits.batch());
  }

  private final class CatchUpOwner implements CatchUp.Owner {
    @Override
    public void place(Collection<Watcher> watchers) {
      Dispatcher.this.place(watchers);
    }

    @Override
    public void cancelCompacted(Watcher watcher, long compactedRevision) {
      Dispatcher.this.cancelCompacted(watcher, compactedRevision);
    }
  }

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
        syncedCount--;
      }
      watcher.next = next;
    }
  }

  // Any thread.

  /** False if publishing would be for nobody. */
  boolean isWatching() {
    return watching;
  }

  PublishedQueue published() {
    return published;
  }

  long currentRevision() {
    return source.revision();
  }

  int watcherCount() {
    return watcherCount;
  }

  int syncedCount() {
    return syncedCount;
  }

  // The hub thread.

  /** Does what there is to do, or a good part of it; false if there was nothing. */
  boolean step() {
    nowNanos = runtime.clock().getAsLong();
    boolean worked = runTasks();
    worked |= takePublished();
    progress.tell(processed, nowNanos);
    catchUp.startPass(nowNanos);
    wakeStreams();
    return worked;
  }

  boolean hasWork() {
    return !mailbox.isEmpty() || (watching && !published.isSettled(processed));
  }

  /** How long there will be nothing to do unless somebody brings something. */
  long idleNanos() {
    long due = Math.min(progress.nextDueNanos(), catchUp.nextDueNanos());
    long now = runtime.clock().getAsLong();
    return due <= now ? 0 : due - now;
  }

  void create(WatchStream stream, WatchSpec spec) {
    if (stream.isClosed()) {
      return;
    }
    String refusal = refusal(stream, spec);
    if (refusal != null) {
      stream.answer(new WatchMessage.Refused(WatchMessage.NO_WATCHER, source.revision(), refusal));
      return;
    }
    if (watcherCount == 0) {
      watching = true;
      processed = source.revision();
    }
    long current = source.revision();
    long id = spec.watchId() == 0 ? stream.freeId() : spec.watchId();
    Watcher watcher = new Watcher(stream, id, ++watchersMade, spec, current);
    stream.watchers.put(id, watcher);
    watcherCount++;
    progress.add(watcher, nowNanos);
    stream.answer(new WatchMessage.Created(id, current));
    long compacted = source.compactedRevision();
    if (watcher.next < compacted) {
      cancelCompacted(watcher, compacted);
    } else {
      place(List.of(watcher));
    }
  }

  void cancel(WatchStream stream, long watchId) {
    Watcher watcher = stream.watchers.get(watchId);
    if (watcher != null) {
      remove(watcher);
      stream.answer(new WatchMessage.Canceled(watchId, source.revision(), 0, ""));
    }
  }

  void progressRequested(WatchStream stream) {
    progress.requested(stream);
  }

  void drained(WatchStream stream) {
    List<Watcher> freed = new ArrayList<>(stream.blocked);
    stream.blocked.clear();
    place(freed);
  }

  void remove(WatchStream stream) {
    for (Watcher watcher : new ArrayList<>(stream.watchers.values())) {
      remove(watcher);
    }
  }

  /** Called when the stream has something again; it is told so at the end of the step. */
  void wakeSoon(WatchStream stream) {
    toWake.add(stream);
  }

  private static @Nullable String refusal(WatchStream stream, WatchSpec spec) {
    if (spec.startRevision() < 0) {
      return "etcdserver: mvcc: required revision has been compacted";
    }
    if (Watcher.normalized(spec.range()).isEmpty()) {
      return "mvcc: watcher range is empty";
    }
    if (spec.watchId() != 0 && stream.watchers.containsKey(spec.watchId())) {
      return "mvcc: duplicate watch ID provided on the WatchStream";
    }
    return null;
  }

  private void remove(Watcher watcher) {
    switch (watcher.state) {
      case SYNCED -> leaveSynced(watcher);
      case LATE -> catchUp.remove(watcher);
      case BLOCKED -> watcher.stream.blocked.remove(watcher);
      case IN_PASS, UNPLACED, GONE -> {}
    }
    watcher.state = Watcher.State.GONE;
    watcher.stream.watchers.remove(watcher.id);
    progress.remove(watcher);
    watcherCount--;
    if (watcherCount == 0) {
      watching = false;
      published.clear();
      recent.clear();
    }
  }

  private void cancelCompacted(Watcher watcher, long compacted) {
    remove(watcher);
    watcher.stream.answer(new WatchMessage.Canceled(watcher.id, 0, compacted, ""));
  }

  private boolean runTasks() {
    for (int i = 0; i < TASKS_PER_STEP; i++) {
      Runnable task = mailbox.poll();
      if (task == null) {
        return i > 0;
      }
      task.run();
    }
    return true;
  }

  // Published revisions.

  /** Fans out a batch. */
  private boolean takePublished() {
    boolean worked = false;
    while (watching && !fanOut.batchIsFull()) {
      RevisionEvents revision = published.poll();
      if (revision == null) {
        skipTo(published.lostRevision());
        break;
      }
      worked = true;
      if (revision.revision() > processed) {
        skipTo(revision.revision() - 1);
        fanOut.collect(synced, revision);
        recent.add(revision);
        processed = revision.revision();
      }
    }
    fanOut.deliver(synced, processed, nowNanos);
    return worked;
  }

  /** Makes every synced watcher late that needs a revision up to this one, which is lost. */
  private void skipTo(long lost) {
    if (lost <= processed) {
      return;
    }
    fanOut.deliver(synced, processed, nowNanos);
    for (WatcherGroup group : synced.values()) {
      for (int i = group.size() - 1; i >= 0; i--) {
        Watcher watcher = group.member(i);
        watcher.next = Math.max(watcher.next, processed + 1);
        if (watcher.next <= lost) {
          leaveSynced(watcher);
          catchUp.add(watcher);
        }
      }
    }
    recent.clear();
    processed = lost;
  }

  // From late to synced and back.

  /** Gives each a place by what it needs next. */
  private void place(Collection<Watcher> watchers) {
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

  /** Fans out what went by to those alone, the first of them first, and makes them synced. */
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
        enterSynced(group.member(i));
      }
    }
  }

  private void enterSynced(Watcher watcher) {
    watcher.state = Watcher.State.SYNCED;
    synced.computeIfAbsent(watcher.range, WatcherGroup::new).add(watcher);
    syncedCount++;
  }

  private void leaveSynced(Watcher watcher) {
    WatcherGroup group = synced.computeIfAbsent(watcher.range, WatcherGroup::new);
    group.remove(watcher);
    if (group.size() == 0) {
      synced.remove(watcher.range);
    }
    syncedCount--;
  }

  private void wakeStreams() {
    for (WatchStream stream : toWake) {
      try {
        stream.wake();
      } catch (RuntimeException e) {
        LOG.log(Level.WARNING, "closing a watch stream that cannot be woken", e);
        stream.close();
      }
    }
    toWake.clear();
  }
}
