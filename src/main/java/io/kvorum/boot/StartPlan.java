package io.kvorum.boot;

import io.kvorum.model.ClusterMember;
import io.kvorum.service.Identity;
import java.util.List;
import java.util.Optional;

/** What a start of a member is, as {@link ClusterStart} decides. */
sealed interface StartPlan {
  /** Who the member is from now on. */
  Identity identity();

  /**
   * Log and state are there: go on with them.
   *
   * @param forceNewCluster whether the member becomes a cluster of one
   * @param note a line for the log, if the settings do not fit what is on disk and do not count
   */
  record Restart(Identity identity, boolean forceNewCluster, Optional<String> note)
      implements StartPlan {}

  /**
   * Begin a cluster.
   *
   * @param members all that found it, in the order of their ids, the same for each of them
   */
  record Found(Identity identity, List<ClusterMember> members) implements StartPlan {}

  /**
   * Pull the state of a cluster that runs.
   *
   * @param members all that belong to it, this one included
   */
  record Join(Identity identity, List<ClusterMember> members) implements StartPlan {}
}
