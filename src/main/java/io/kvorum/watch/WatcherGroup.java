package io.kvorum.watch;

import io.kvorum.model.KeyRange;
import java.util.ArrayList;
import java.util.List;

/**
 * Groups the watchers of one range, with their events of the batch that is being fanned out, which
 * are found once for all of them. Confined to the hub thread.
 *
 * <p>Held by: WatchHubTest, WatchSimulationTest.
 */
final class WatcherGroup {
  private static final int NONE = -1;

  final KeyRange range;
  private final List<Watcher> members = new ArrayList<>(1);
  private List<WatchEvent> batch = List.of();
  private long batchBytes;
  private int firstUnknownPrevKv = NONE;

  WatcherGroup(KeyRange range) {
    this.range = range;
  }

  void add(Watcher watcher) {
    watcher.position = members.size();
    members.add(watcher);
  }

  /** The last member takes its place, so iterating from the end is safe. */
  void remove(Watcher watcher) {
    Watcher last = members.remove(members.size() - 1);
    if (last != watcher) {
      members.set(watcher.position, last);
      last.position = watcher.position;
    }
  }

  int size() {
    return members.size();
  }

  Watcher member(int position) {
    return members.get(position);
  }

  /** True if this is the first event of a batch. */
  boolean collect(WatchEvent event) {
    boolean first = batch.isEmpty();
    if (first) {
      batch = new ArrayList<>(2);
    }
    if (firstUnknownPrevKv == NONE && !event.knowsPrevKv()) {
      firstUnknownPrevKv = batch.size();
    }
    batch.add(event);
    batchBytes += event.bytes();
    return first;
  }

  List<WatchEvent> batch() {
    return batch;
  }

  long batchBytes() {
    return batchBytes;
  }

  boolean knowsAllPrevKvs() {
    return firstUnknownPrevKv == NONE;
  }

  /** Starts a new list: the old one now belongs to the queues it was given to. */
  void endBatch() {
    batch = List.of();
    batchBytes = 0;
    firstUnknownPrevKv = NONE;
  }
}
