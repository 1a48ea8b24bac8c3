package io.kvorum.service;

import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.time.Duration;
import java.util.List;

/**
 * Rejects changes of the cluster after which, as far as this member can see, too few voters would
 * be started or connected for a quorum: etcd's strict reconfiguration check. Without it nothing is
 * rejected here. Thread-safe.
 *
 * <p>Held by: ClusterServiceTest.
 */
final class QuorumCheck {
  /** How long a connection must have lasted to be relied on. */
  static final Duration HEALTHY_AFTER = Duration.ofSeconds(5);

  private final MemberView members;
  private final long selfId;
  private final Connectivity connectivity;
  private final boolean isStrict;

  QuorumCheck(MemberView members, long selfId, Connectivity connectivity, boolean isStrict) {
    this.members = members;
    this.selfId = selfId;
    this.connectivity = connectivity;
    this.isStrict = isStrict;
  }

  /**
   * A second member can always be added to a single one that has started, or a cluster could not
   * grow. Otherwise as many voters must be connected as would be a quorum with one more, which is
   * taken to be away, also when a learner is added: as in etcd 3.7.
   *
   * @throws RequestException MEMBER_NOT_ENOUGH_STARTED or UNHEALTHY
   */
  void checkAdd(boolean isLearner) {
    List<ClusterMember> voters = voters();
    if (!isStrict || (voters.size() == 1 && voters.get(0).isStarted())) {
      return;
    }
    if (!isLearner) {
      requireStarted(started(voters), voters.size() + 1);
    }
    if (connected(voters) < quorum(voters.size() + 1)) {
      throw new RequestException(ErrorCode.UNHEALTHY);
    }
  }

  /**
   * A learner, or a member that cannot be reached anyway, can always be removed.
   *
   * @throws RequestException MEMBER_NOT_ENOUGH_STARTED or UNHEALTHY
   */
  void checkRemove(long id) {
    if (!isStrict || members.isLearner(id)) {
      return;
    }
    List<ClusterMember> voters = voters();
    List<ClusterMember> rest = voters.stream().filter(voter -> voter.id() != id).toList();
    requireStarted(started(rest), rest.size());
    if (id != selfId && !connectivity.isConnectedSince(id, Duration.ZERO)) {
      return;
    }
    if (connected(voters) - 1 < 1 + (voters.size() - 1) / 2) {
      throw new RequestException(ErrorCode.UNHEALTHY);
    }
  }

  /**
   * The learner counts as started, since it follows the log.
   *
   * @throws RequestException MEMBER_NOT_ENOUGH_STARTED
   */
  void checkPromote() {
    if (isStrict) {
      List<ClusterMember> voters = voters();
      requireStarted(started(voters) + 1, voters.size() + 1);
    }
  }

  private List<ClusterMember> voters() {
    return members.members().stream().filter(member -> !member.isLearner()).toList();
  }

  private static int started(List<ClusterMember> voters) {
    return (int) voters.stream().filter(ClusterMember::isStarted).count();
  }

  private int connected(List<ClusterMember> voters) {
    return (int)
        voters.stream()
            .filter(
                voter ->
                    voter.id() == selfId
                        || connectivity.isConnectedSince(voter.id(), HEALTHY_AFTER))
            .count();
  }

  private static void requireStarted(int started, int voters) {
    if (started < quorum(voters)) {
      throw new RequestException(ErrorCode.MEMBER_NOT_ENOUGH_STARTED);
    }
  }

  private static int quorum(int voters) {
    return voters / 2 + 1;
  }
}
