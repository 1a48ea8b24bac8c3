package io.kvorum.consensus;

import java.util.Set;

/**
 * Identifies a member, and says how it starts. Immutable.
 *
 * @param memberId never 0; must stay the same for the life of a log
 * @param initialMembers the founders of the group; used only when the log is new, and empty for a
 *     member that joins
 * @param isJoining true until a member that was added to a cluster has taken part for the first
 *     time: it has installed a snapshot, and may have no log yet
 * @param isForcedNewCluster true to continue as the only member, with everything in the log,
 *     committed or not
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

  /** The only member of a new group. */
  public static RaftIdentity sole(long memberId) {
    return of(memberId, Set.of(memberId));
  }

  /** A founder of a cluster. */
  public static RaftIdentity of(long memberId, Set<Long> initialMembers) {
    return new RaftIdentity(memberId, initialMembers, false, false);
  }

  /** A member that was added to a cluster, and has installed a snapshot. */
  public static RaftIdentity joining(long memberId) {
    return new RaftIdentity(memberId, Set.of(), true, false);
  }
}
