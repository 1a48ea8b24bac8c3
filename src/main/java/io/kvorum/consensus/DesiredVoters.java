package io.kvorum.consensus;

import java.util.Set;

/**
 * Who belongs to the cluster according to the replicated state: what the leader makes the group of
 * voters follow, one member at a time. Read by the engine thread.
 */
public interface DesiredVoters {

  /** The members that are to vote. */
  Set<Long> voters();

  /** The members that only follow. */
  Set<Long> learners();

  /** A number that changes whenever the sets may have changed; cheap. */
  long version();

  /** A member that is a cluster by itself. */
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
