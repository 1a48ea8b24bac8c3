package io.kvorum.mvcc;

import io.kvorum.model.Revision;

/**
 * What the engine thread knows ahead of the readers: the revision and the compact revision as they
 * will be after the next commit. Confined to that thread.
 */
final class UncommittedState {
  final KeyTable keys;
  final RecentChanges recent;
  final ValueReader values;
  final RangeReader ranges;
  final StoreCounters counters;

  long revision = Revision.EMPTY_STORE;
  long compactedRevision = Revision.NEVER_COMPACTED;

  /** The weight of the changes since the last commit. */
  long uncommittedBytes;

  boolean inTransaction;

  UncommittedState(
      KeyTable keys, RecentChanges recent, ValueReader values, StoreCounters counters) {
    this.keys = keys;
    this.recent = recent;
    this.values = values;
    this.ranges = new RangeReader(keys, values, null);
    this.counters = counters;
  }
}
