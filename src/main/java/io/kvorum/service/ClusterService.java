package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * etcd's Cluster service. What is accepted changes the table of members; the group of those that
 * vote follows it, one member at a time. Thread-safe; nothing blocks; fails as {@link KvService}.
 */
public final class ClusterService {
  private final MemberView members;
  private final Consensus consensus;
  private final Proposals proposals;
  private final Settings settings;
  private final Promotions promotions;

  /**
   * What holds for this member.
   *
   * @param clock the time is part of the id of a new member
   */
  record Settings(long selfId, QuorumCheck quorum, int maxLearners, Clock clock) {}

  /** Where learners are promoted: here if this member leads, else by way of the others. */
  record Promotions(LeaderCall leader, MemberPromotion here, MemberPromotion elsewhere) {}

  ClusterService(
      MemberView members,
      Consensus consensus,
      Proposals proposals,
      Settings settings,
      Promotions promotions) {
    this.members = members;
    this.consensus = consensus;
    this.proposals = proposals;
    this.settings = settings;
    this.promotions = promotions;
  }

  /** A member that has been added, and all that there are now. */
  public record Added(ClusterMember member, List<ClusterMember> members) {}

  /** Whether this member only follows. */
  public boolean isLearner() {
    return members.isLearner(settings.selfId());
  }

  public CompletableFuture<List<ClusterMember>> memberList(boolean linearizable) {
    if (!linearizable) {
      return CompletableFuture.completedFuture(members.members());
    }
    return consensus.readIndex().thenApply(confirmed -> members.members());
  }

  public CompletableFuture<Added> memberAdd(List<String> peerUrls, boolean isLearner) {
    List<String> urls = PeerUrls.validated(peerUrls);
    settings.quorum().checkAdd(isLearner);
    long id = Identity.ofAddedMember(urls, settings.clock().instant().getEpochSecond());
    ClusterMember member = new ClusterMember(id, "", urls, List.of(), isLearner);
    return change(new Command.MemberAdd(member, settings.maxLearners()))
        .thenApply(all -> new Added(member, all));
  }

  public CompletableFuture<List<ClusterMember>> memberRemove(long id) {
    settings.quorum().checkRemove(id);
    return change(new Command.MemberRemove(id));
  }

  public CompletableFuture<List<ClusterMember>> memberUpdate(long id, List<String> peerUrls) {
    return change(new Command.MemberUpdate(id, PeerUrls.validated(peerUrls)));
  }

  public CompletableFuture<List<ClusterMember>> memberPromote(long id) {
    return promotions
        .leader()
        .order(() -> promotions.here().promote(id), () -> promotions.elsewhere().promote(id));
  }

  private CompletableFuture<List<ClusterMember>> change(Command.MemberChange change) {
    return proposals.propose(change, Result.Members.class).thenApply(Result.Members::members);
  }
}
