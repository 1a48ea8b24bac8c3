package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberTable;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;

/**
 * What is left of a cluster that has lost its majority for good, and goes on alone, as {@code
 * --force-new-cluster} wants it: the others are removed from the table of members, for ever.
 */
public final class SoleSurvivor {
  private static final System.Logger LOG = System.getLogger(SoleSurvivor.class.getName());

  private final long selfId;
  private final MemberTable members;
  private final Consensus consensus;

  /**
   * @param consensus of a member that was told to go on alone
   */
  public SoleSurvivor(long selfId, MemberTable members, Consensus consensus) {
    this.selfId = selfId;
    this.members = members;
    this.consensus = consensus;
  }

  /** Completes when this is the only member; fails with what one of the changes failed with. */
  public CompletableFuture<Void> goAlone() {
    LOG.log(
        Level.WARNING,
        "--force-new-cluster: member {0} goes on alone, and the others are removed",
        Long.toHexString(selfId));
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    if (members.isLearner(selfId)) {
      done = after(done, new Command.MemberPromote(selfId));
    }
    for (ClusterMember other : members.members()) {
      if (other.id() != selfId) {
        done = after(done, new Command.MemberRemove(other.id()));
      }
    }
    return done;
  }

  private CompletableFuture<Void> after(CompletableFuture<Void> former, Command change) {
    return former
        .thenCompose(done -> consensus.propose(change))
        .thenAccept(
            result -> {
              if (result instanceof Result.Rejected rejected) {
                throw new RequestException(rejected.code());
              }
            });
  }
}
