package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Promotes learners on the leader; on any other member it fails with NOT_LEADER. Thread-safe.
 *
 * <p>Held by: ClusterServiceTest, ClusterSimulation.
 */
final class LocalPromotion implements MemberPromotion {
  private final MemberView members;
  private final Consensus consensus;
  private final Proposals proposals;
  private final QuorumCheck quorum;
  private final PromotionStats stats = new PromotionStats();

  LocalPromotion(MemberView members, Consensus consensus, Proposals proposals, QuorumCheck quorum) {
    this.members = members;
    this.consensus = consensus;
    this.proposals = proposals;
    this.quorum = quorum;
  }

  @Override
  public CompletableFuture<List<ClusterMember>> promote(long memberId) {
    if (!consensus.status().isLeader()) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER));
    }
    return consensus
        .readIndex()
        .thenCompose(confirmed -> promoteIfReady(memberId))
        .whenComplete(
            (all, failure) -> {
              if (failure == null) {
                stats.promoted();
              } else {
                stats.failed(failure);
              }
            });
  }

  PromotionStats.Stats stats() {
    return stats.stats();
  }

  /** A member that is not a learner is rejected when the command is applied, as in etcd. */
  private CompletableFuture<List<ClusterMember>> promoteIfReady(long memberId) {
    if (members.find(memberId) == null) {
      throw new RequestException(ErrorCode.MEMBER_NOT_FOUND);
    }
    if (memberId != consensus.status().leaderId() && !consensus.isInSync(memberId)) {
      throw new RequestException(
          consensus.status().isLeader() ? ErrorCode.LEARNER_NOT_READY : ErrorCode.NOT_LEADER);
    }
    quorum.checkPromote();
    return proposals
        .propose(new Command.MemberPromote(memberId), Result.Members.class)
        .thenApply(Result.Members::members);
  }
}
