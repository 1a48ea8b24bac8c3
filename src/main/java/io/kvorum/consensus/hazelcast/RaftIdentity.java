package io.kvorum.consensus.hazelcast;

import java.util.Set;

/**
 * Who a member is.
 *
 * @param memberId never 0; must stay the same for the life of a log
 * @param initialMembers the members the group was founded with; looked at only when the log is new,
 *     and empty for a member that joins
 * @param isJoining true until it has taken part for the first time in a cluster that it came to: it
 *     has a state that it has pulled, and may have no log yet
 * @param isForcedNewCluster true to go on alone, with everything that is in the log, whoever else
 *     was a member
 */
public record RaftIdentity(
    long memberId, Set<Long> initialMembers, boolean isJoining, boolean isForcedNewCluster) {
  public RaftIdentity {
    initialMembers = Set.copyOf(initialMembers);
    if (memberId == 0) {
      throw new IllegalArgumentException("a member id must not be 0");
    }
    if (!initialMembers.isEmpty() && !initialMembers.contains(memberId)) {
      throw new IllegalArgumentException(
          "member %x is not among the initial members".formatted(memberId));
    }
  }

  /** A member that is a group by itself. */
  public static RaftIdentity sole(long memberId) {
    return of(memberId, Set.of(memberId));
  }

  /** One of the members that found a cluster. */
  public static RaftIdentity of(long memberId, Set<Long> initialMembers) {
    return new RaftIdentity(memberId, initialMembers, false, false);
  }

  /** A member that comes to a cluster, with a state that it has pulled. */
  public static RaftIdentity joining(long memberId) {
    return new RaftIdentity(memberId, Set.of(), true, false);
  }
}
