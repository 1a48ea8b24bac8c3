package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What is left of a cluster that has lost its majority for good, and goes on alone, as {@code
 * --force-new-cluster} wants it: the others are removed from the table of members, for ever. It
 * does not matter what the log says of the member that is left, be it that it was removed itself.
 */
public final class ForceNewCluster {
  private static final System.Logger LOG = System.getLogger(ForceNewCluster.class.getName());

  private final ClusterMember self;
  private final MemberView members;
  private final Consensus consensus;

  /**
   * @param self what the member is if the table does not have it any more
   * @param consensus of a member that was told to go on alone
   */
  public ForceNewCluster(ClusterMember self, MemberView members, Consensus consensus) {
    this.self = self;
    this.members = members;
    this.consensus = consensus;
  }

  /** Completes when this is the only member; fails with what the change failed with. */
  public CompletableFuture<Void> goAlone() {
    LOG.log(
        Level.WARNING,
        "--force-new-cluster: member {0} goes on alone, and the others are removed",
        Long.toHexString(self.id()));
    ClusterMember sole = soleVoter();
    if (members.members().equals(List.of(sole))) {
      return CompletableFuture.completedFuture(null);
    }
    return consensus
        .propose(new Command.MemberReset(sole))
        .thenAccept(result -> result.orThrow(Result.Members.class));
  }

  /** It may have been removed, and it may never have been promoted. */
  private ClusterMember soleVoter() {
    ClusterMember known = members.find(self.id());
    ClusterMember now = known == null ? self : known;
    return new ClusterMember(now.id(), now.name(), now.peerUrls(), now.clientUrls(), false);
  }
}
