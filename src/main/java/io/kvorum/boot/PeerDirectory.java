package io.kvorum.boot;

import io.kvorum.boot.config.MemberUrl;
import io.kvorum.model.ClusterMember;
import java.util.List;

/**
 * Asks members at their peer URLs which cluster they belong to: what a member that has nothing on
 * disk goes by.
 */
@FunctionalInterface
interface PeerDirectory {

  /**
   * A cluster, as one of its members knows it.
   *
   * @param members with their ids, names and URLs; empty if the member has not learnt of any yet
   * @param isOfLeader whether the member leads, so that nobody knows better
   */
  record ClusterDescription(long clusterId, List<ClusterMember> members, boolean isOfLeader) {
    public ClusterDescription {
      members = List.copyOf(members);
    }
  }

  /**
   * The answers of those that answered, in any order; it blocks until all have answered or a few
   * seconds have passed.
   */
  List<ClusterDescription> describe(List<MemberUrl> urls);
}
