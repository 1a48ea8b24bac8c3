package io.kvorum.consensus.hazelcast;

import java.util.Set;

/**
 * Who a member is.
 *
 * @param memberId never 0; must stay the same for the life of a log
 * @param initialMembers the members the group was founded with; looked at only when the log is new
 */
public record RaftIdentity(long memberId, Set<Long> initialMembers) {
  public RaftIdentity {
    initialMembers = Set.copyOf(initialMembers);
    if (memberId == 0) {
      throw new IllegalArgumentException("a member id must not be 0");
    }
    if (!initialMembers.contains(memberId)) {
      throw new IllegalArgumentException(
          "member %x is not among the initial members".formatted(memberId));
    }
  }

  /** A member that is a group by itself. */
  public static RaftIdentity sole(long memberId) {
    return new RaftIdentity(memberId, Set.of(memberId));
  }
}
