package io.kvorum.consensus;

import java.util.Set;

/**
 * Lists the members according to the replicated state; the leader makes the voters follow it, one
 * member at a time. Read by the Raft thread.
 */
public interface DesiredVoters {

  /** The members that should be voters. */
  Set<Long> voters();

  /** The members that replicate without a vote. */
  Set<Long> learners();

  /** A number that changes whenever the sets may have changed; cheap. */
  long version();

  /** Names a member in log lines, for any thread: by its name, if that is known, and its id. */
  default String nameOf(long memberId) {
    return Long.toHexString(memberId);
  }

  /** For a cluster of one. */
  static DesiredVoters sole(long memberId) {
    return new DesiredVoters() {
      private final Set<Long> voters = Set.of(memberId);

      @Override
      public Set<Long> voters() {
        return voters;
      }

      @Override
      public Set<Long> learners() {
        return Set.of();
      }

      @Override
      public long version() {
        return 0;
      }
    };
  }
}
