package io.kvorum.watch;

import io.kvorum.model.ErrorCode;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.support.Log;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owns all watchers: every decision on what a watcher has received and receives next is made here,
 * in steps, on the hub thread.
 *
 * <pre>
 *   Raft thread            hub thread                                  catch-up thread
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
 * changes: there is no moment at which a revision could be missed or delivered twice. A pass that
 * comes back a little late finds the rest among the recent revisions, which are then fanned out to
 * the joining watchers only. A revision that did not fit into the ring shows as a gap: every synced
 * watcher is then late. The same holds for revisions skipped by an installed snapshot.
 *
 * <p>While there is no watcher, nothing is published. The first watcher sets {@link #isWatching}
 * and then reads the revision of the store; the Raft thread makes a revision visible there and then
 * checks for watchers. So the first published revision either follows the one read, or is not above
 * it.
 *
 * <p>Held by: WatchHubTest, WatchCatchUpTest, WatchProgressTest, WatchSimulationTest.
 */
final class Dispatcher {
  private static final Log LOG = Log.of(Dispatcher.class);
  private static final int TASKS_PER_STEP = 4096;

  private final ChangeSource source;
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
      ChangeSource source,
      WatchLimits limits,
      HubRuntime runtime,
      Mailbox mailbox,
      Duration progressInterval) {
    this.source = source;
    this.runtime = runtime;
    this.published = new PublishedQueue(limits.ring());
    this.mailbox = mailbox;
    this.progress = new ProgressReports(progressInterval, runtime.random());
    this.catchUp = new CatchUp(source, limits, runtime, mailbox, this);
    this.synced = new SyncedWatchers(published, catchUp, limits);
  }

  // Any thread.

  /** False while there is no watcher to publish for. */
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

  /** Does the work that is due, or a bounded part of it; false if there was none. */
  boolean step() {
    nowNanos = runtime.clock().getAsLong();
    boolean worked = runTasks();
    if (watching) {
      worked |= synced.takePublished(nowNanos);
    }
    progress.send(synced.processed(), nowNanos);
    catchUp.startPass(nowNanos);
    wakeStreams();
    return worked;
  }

  boolean hasWork() {
    return !mailbox.isEmpty() || (watching && !published.isSettled(synced.processed()));
  }

  /** How long there will be no work unless another thread brings some. */
  long idleNanos() {
    long due = Math.min(progress.nextDueNanos(), catchUp.nextDueNanos());
    long now = runtime.clock().getAsLong();
    return due <= now ? 0 : due - now;
  }

  void refuse(WatchStream stream, ErrorCode reason) {
    if (!stream.isClosed()) {
      stream.answer(new WatchMessage.Refused(WatchMessage.NO_WATCHER, source.revision(), reason));
    }
  }

  void create(WatchStream stream, WatchSpec spec) {
    if (stream.isClosed()) {
      return;
    }
    ErrorCode refusal = refusal(stream, spec);
    if (refusal != null) {
      refuse(stream, refusal);
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
      stream.answer(new WatchMessage.Canceled(watchId, source.revision(), 0));
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

  /** Wakes a stream that has a message again, at the end of the step. */
  void wakeSoon(WatchStream stream) {
    toWake.add(stream);
  }

  private static @Nullable ErrorCode refusal(WatchStream stream, WatchSpec spec) {
    if (spec.startRevision() < 0) {
      return ErrorCode.COMPACTED;
    }
    if (Watcher.normalized(spec.range()).isEmpty()) {
      return ErrorCode.WATCH_RANGE_EMPTY;
    }
    if (spec.watchId() != 0 && stream.watchers.containsKey(spec.watchId())) {
      return ErrorCode.WATCH_ID_DUPLICATE;
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

  /** Places watchers that have received everything below what they need next. */
  void place(Collection<Watcher> watchers) {
    synced.place(watchers, nowNanos);
  }

  /** Cancels a watcher that needs a revision which has been compacted. */
  void cancelCompacted(Watcher watcher, long compacted) {
    remove(watcher);
    watcher.stream.answer(new WatchMessage.Canceled(watcher.id, 0, compacted));
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
        LOG.warning("closing a watch stream whose wake-up failed", e);
        stream.close();
      }
    }
    toWake.clear();
  }
}
