package io.kvorum.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of applying a command. Every result names the revision of the store after it.
 *
 * <p>{@link Rejected} is a result like the others: the same on every member. A proposer knows which
 * kind its command gives, and gets it with {@link #orThrow}; the results of operations in a
 * transaction are dispatched with {@link OfOp.Visitor}. Immutable.
 */
public sealed interface Result {

  /** The revision of the store when the command had been applied. */
  long revision();

  /**
   * This result, of the kind that the command gives.
   *
   * @throws RequestException if the command was rejected
   * @throws ClassCastException if the command gives results of another kind
   */
  default <R extends Result> R orThrow(Class<R> kind) {
    return kind.cast(this);
  }

  /** The result of an operation that a transaction can contain. */
  sealed interface OfOp extends Result {

    /** Handles each kind of result, so that a new one does not compile until it is handled. */
    interface Visitor<R> {
      R range(Range range);

      R put(Put put);

      R deleteRange(DeleteRange deleteRange);

      R txn(Txn txn);
    }

    /** Calls the visitor's method for this kind of result. */
    <R> R accept(Visitor<R> visitor);
  }

  record Put(long revision, @Nullable KeyValue prevKv) implements OfOp {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.put(this);
    }
  }

  record DeleteRange(long revision, long deleted, List<KeyValue> prevKvs) implements OfOp {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.deleteRange(this);
    }
  }

  /**
   * The keys of a range.
   *
   * @param count how many keys lie in the range, regardless of the limit and the filters
   * @param more true if the limit cut the list
   */
  record Range(long revision, List<KeyValue> kvs, boolean more, long count) implements OfOp {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.range(this);
    }
  }

  record Txn(long revision, boolean succeeded, List<OfOp> responses) implements OfOp {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.txn(this);
    }
  }

  record Compact(long revision) implements Result {}

  record LeaseGrant(long revision, long id, long ttlSeconds) implements Result {}

  record LeaseRevoke(long revision) implements Result {}

  record LeaseCheckpoint(long revision) implements Result {}

  /** The alarms that are active after the command. */
  record Alarms(long revision, List<Alarm> alarms) implements Result {}

  /** The members after the command, ordered by their ids as unsigned numbers. */
  record Members(long revision, List<ClusterMember> members) implements Result {
    public Members {
      members = List.copyOf(members);
    }
  }

  record DowngradeChange(long revision) implements Result {}

  record AuthChange(long revision) implements Result {}

  /**
   * A token was given out.
   *
   * @param index of the entry of the log in which it was, which is a part of the token
   */
  record TokenGrant(long revision, long index) implements Result {}

  /** Nothing was changed, for a reason that every member agrees on. */
  record Rejected(long revision, ErrorCode code) implements Result {
    @Override
    public <R extends Result> R orThrow(Class<R> kind) {
      throw new RequestException(code);
    }
  }
}
