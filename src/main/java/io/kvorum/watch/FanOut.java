package io.kvorum.watch;

import io.kvorum.watch.PublishedQueue.RevisionEvents;
import io.kvorum.watch.WatchLimits.Budget;
import java.util.ArrayList;
import java.util.List;

/**
 * Delivers revisions to watchers, a batch of them at a time, so that the watchers of one range cost
 * one look-up per event and one queue access per watcher and batch. Confined to the hub thread.
 *
 * <p>A watcher that cannot be served is taken out of its group and reported to {@link
 * SyncedWatchers}.
 *
 * <p>Held by: WatchHubTest, WatchSimulationTest.
 */
final class FanOut {
  private final SyncedWatchers synced;
  private final Budget batch;
  private final List<WatcherGroup> matches = new ArrayList<>();
  private final List<WatcherGroup> touched = new ArrayList<>();
  private int revisions;
  private long bytes;

  FanOut(SyncedWatchers synced, Budget batch) {
    this.synced = synced;
    this.batch = batch;
  }

  /** Collects the events of the revision for the groups of the index. */
  void collect(RangeMap<WatcherGroup> index, RevisionEvents revision) {
    List<WatchEvent> events = revision.events();
    for (int i = 0; i < events.size(); i++) {
      WatchEvent event = events.get(i);
      matches.clear();
      index.collect(event.event().kv().key(), matches);
      for (int m = 0; m < matches.size(); m++) {
        if (matches.get(m).collect(event)) {
          touched.add(matches.get(m));
        }
      }
    }
    revisions++;
    bytes += revision.bytes();
  }

  boolean batchIsFull() {
    return batch.isUsedUp(revisions, bytes);
  }

  /** Queues the collected events, up to {@code endRevision}. */
  void deliver(RangeMap<WatcherGroup> index, long endRevision, long nowNanos) {
    for (WatcherGroup group : touched) {
      for (int i = group.size() - 1; i >= 0; i--) {
        deliver(group.member(i), group, endRevision, nowNanos);
      }
      group.endBatch();
      if (group.size() == 0) {
        index.remove(group.range);
      }
    }
    touched.clear();
    matches.clear();
    revisions = 0;
    bytes = 0;
  }

  private void deliver(Watcher watcher, WatcherGroup group, long endRevision, long nowNanos) {
    List<WatchEvent> events = watcher.select(group.batch(), watcher.next);
    if (events.isEmpty()) {
      return;
    }
    if (watcher.spec.wantsPrevKv() && !group.knowsAllPrevKvs()) {
      deliverKnown(watcher, group, events, endRevision, nowNanos);
      return;
    }
    long size = events == group.batch() ? group.batchBytes() : bytesOf(events);
    if (watcher.stream.offer(watcher, events, size, endRevision)) {
      watcher.lastMessageNanos = nowNanos;
    } else {
      group.remove(watcher);
      synced.streamIsFull(watcher, events.get(0).revision());
    }
  }

  /** Queues the whole revisions before the first one with an unknown previous version. */
  private void deliverKnown(
      Watcher watcher,
      WatcherGroup group,
      List<WatchEvent> events,
      long endRevision,
      long nowNanos) {
    int unknown = 0;
    while (unknown < events.size() && events.get(unknown).knowsPrevKv()) {
      unknown++;
    }
    boolean allKnown = unknown == events.size();
    long firstUnknown = allKnown ? endRevision + 1 : events.get(unknown).revision();
    int whole = unknown;
    while (!allKnown && whole > 0 && events.get(whole - 1).revision() == firstUnknown) {
      whole--;
    }
    if (whole > 0) {
      List<WatchEvent> known = events.subList(0, whole);
      if (!watcher.stream.offer(watcher, known, bytesOf(known), firstUnknown - 1)) {
        group.remove(watcher);
        synced.streamIsFull(watcher, known.get(0).revision());
        return;
      }
      watcher.lastMessageNanos = nowNanos;
    }
    if (!allKnown) {
      group.remove(watcher);
      synced.needsStore(watcher, firstUnknown);
    }
  }

  static long bytesOf(List<WatchEvent> events) {
    long sum = 0;
    for (int i = 0; i < events.size(); i++) {
      sum += events.get(i).bytes();
    }
    return sum;
  }
}
