package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.support.Log;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Makes this member the only one of its cluster, for {@code --force-new-cluster}: removes all
 * others from the table of members, which cannot be undone. It works whatever the log has about
 * this member, even if it had been removed. Called once, after the start.
 */
public final class ForceNewCluster {
  private static final Log LOG = Log.of(ForceNewCluster.class);

  private final ClusterMember self;
  private final MemberView members;
  private final Consensus consensus;

  /**
   * @param self the member as the settings describe it, if the table no longer has it
   * @param consensus started as that of the only voter
   */
  public ForceNewCluster(ClusterMember self, MemberView members, Consensus consensus) {
    this.self = self;
    this.members = members;
    this.consensus = consensus;
  }

  /** Completes when this is the only member; fails with what the change failed with. */
  public CompletableFuture<Void> run() {
    LOG.warning(
        "--force-new-cluster: member {} continues alone, removing all other members", self.label());
    ClusterMember sole = soleVoter();
    if (members.members().equals(List.of(sole))) {
      return CompletableFuture.completedFuture(null);
    }
    return consensus
        .propose(new Command.MemberReset(sole))
        .thenAccept(result -> result.orThrow(Result.Members.class));
  }

  /** It may have been removed, or still be a learner. */
  private ClusterMember soleVoter() {
    ClusterMember known = members.find(self.id());
    ClusterMember now = known == null ? self : known;
    return new ClusterMember(now.id(), now.name(), now.peerUrls(), now.clientUrls(), false);
  }
}
