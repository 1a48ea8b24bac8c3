package io.kvorum.lease;

import io.kvorum.model.Bytes;
import java.util.Collections;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Holds the state of one lease: the keys attached to it are deleted together when it ends.
 *
 * <p>Changed by the Raft thread alone, except for the deadline, which the leader's {@link Lessor}
 * moves under the lock of this object; read by any thread.
 *
 * <p>Held by: LessorTest.
 */
public final class Lease {
  /** The deadline of a lease while this member is not the leader. */
  static final long NO_DEADLINE = Long.MAX_VALUE;

  private final long id;
  private final long ttlSeconds;
  private final ConcurrentSkipListSet<Bytes> keys = new ConcurrentSkipListSet<>();
  private volatile long checkpointedSeconds;
  private volatile long deadlineNanos = NO_DEADLINE;

  Lease(long id, long ttlSeconds, long checkpointedSeconds) {
    this.id = id;
    this.ttlSeconds = ttlSeconds;
    this.checkpointedSeconds = checkpointedSeconds;
  }

  public long id() {
    return id;
  }

  /** The time to live that it was granted, and gets again with each renewal. */
  public long ttlSeconds() {
    return ttlSeconds;
  }

  /** What was left at the last checkpoint; 0 if there was none since the last renewal. */
  public long checkpointedSeconds() {
    return checkpointedSeconds;
  }

  /** The keys attached to it, in order; a live view. */
  public SortedSet<Bytes> keys() {
    return Collections.unmodifiableSortedSet(keys);
  }

  /** The time that it gets when a new leader starts its clock. */
  long secondsAtPromotion() {
    return checkpointedSeconds > 0 ? checkpointedSeconds : ttlSeconds;
  }

  /** On the nano clock of {@link Lessor}; {@link #NO_DEADLINE} while this member follows. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  void setDeadlineNanos(long nanos) {
    deadlineNanos = nanos;
  }

  void checkpoint(long seconds) {
    checkpointedSeconds = seconds;
  }

  void attach(Bytes key) {
    keys.add(key);
  }

  void detach(Bytes key) {
    keys.remove(key);
  }
}
