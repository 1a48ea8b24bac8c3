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
 * watcher is late. So do the revisions that a state has that was installed as a whole.
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
  private final SyncedWatchers synced;
  private final CatchUp catchUp;
  private final ProgressReports progress;
  private final List<WatchStream> toWake = new ArrayList<>();

  private long nowNanos;
  private long watchersMade;

  private volatile boolean watching;
  private volatile int watcherCount;

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
    this.progress = new ProgressReports(progressInterval, runtime.random());
    this.catchUp = new CatchUp(source, limits, runtime, mailbox, new CatchUpOwner());
    this.synced = new SyncedWatchers(published, catchUp, limits);
  }

  private final class CatchUpOwner implements CatchUp.Owner {
    @Override
    public void place(Collection<Watcher> watchers) {
      synced.place(watchers, nowNanos);
    }

    @Override
    public void cancelCompacted(Watcher watcher, long compactedRevision) {
      Dispatcher.this.cancelCompacted(watcher, compactedRevision);
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
    return synced.size();
  }

  // The hub thread.

  /** Does what there is to do, or a good part of it; false if there was nothing. */
  boolean step() {
    nowNanos = runtime.clock().getAsLong();
    boolean worked = runTasks();
    if (watching) {
      worked |= synced.takePublished(nowNanos);
    }
    progress.tell(synced.processed(), nowNanos);
    catchUp.startPass(nowNanos);
    wakeStreams();
    return worked;
  }

  boolean hasWork() {
    return !mailbox.isEmpty() || (watching && !published.isSettled(synced.processed()));
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
      synced.begin(source.revision());
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
      synced.place(List.of(watcher), nowNanos);
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
    synced.place(freed, nowNanos);
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
      case SYNCED -> synced.remove(watcher);
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
      synced.rest();
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
