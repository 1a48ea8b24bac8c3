package io.kvorum.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What applying a command gave. Every result names the revision of the store after it.
 *
 * <p>{@link Rejected} is a result like the others: the same on every member.
 */
public sealed interface Result {

  /** The revision of the store when the command had been applied. */
  long revision();

  record Put(long revision, @Nullable KeyValue prevKv) implements Result {}

  record DeleteRange(long revision, long deleted, List<KeyValue> prevKvs) implements Result {}

  /**
   * @param count how many keys lie in the range, whatever the limit and the filters
   * @param more true if the limit cut the list
   */
  record Range(long revision, List<KeyValue> kvs, boolean more, long count) implements Result {}

  record Txn(long revision, boolean succeeded, List<Result> responses) implements Result {}

  record Compact(long revision) implements Result {}

  record LeaseGrant(long revision, long id, long ttlSeconds) implements Result {}

  record LeaseRevoke(long revision) implements Result {}

  record LeaseCheckpoint(long revision) implements Result {}

  /** The alarms that are raised after the command. */
  record Alarms(long revision, List<Alarm> alarms) implements Result {}

  /** The members after the command, ordered by their ids as unsigned numbers. */
  record Members(long revision, List<ClusterMember> members) implements Result {
    public Members {
      members = List.copyOf(members);
    }
  }

  /** Nothing was changed, for a reason that every member agrees on. */
  record Rejected(long revision, ErrorCode code) implements Result {}
}
