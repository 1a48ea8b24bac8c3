package io.kvorum.boot;

import io.kvorum.model.ClusterMember;
import io.kvorum.service.Identity;
import java.util.List;
import java.util.Optional;

/**
 * What a start of a member is, as {@link ClusterStart} decides. Immutable.
 *
 * <p>Held by: ClusterStartTest.
 */
sealed interface StartPlan {
  /** The member's identity from now on. */
  Identity identity();

  /**
   * Resume with the log and the store on disk.
   *
   * @param forceNewCluster whether the member becomes a cluster of one
   * @param note a line for the log, if the settings differ from what is on disk and are ignored
   */
  record Restart(Identity identity, boolean forceNewCluster, Optional<String> note)
      implements StartPlan {}

  /**
   * Found a cluster.
   *
   * @param members all founders, in the order of their ids, the same on each of them
   */
  record Found(Identity identity, List<ClusterMember> members) implements StartPlan {}

  /**
   * Join a running cluster, with a snapshot of its store.
   *
   * @param members all of its members, this one included
   */
  record Join(Identity identity, List<ClusterMember> members) implements StartPlan {}
}
