package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.MembershipChangeMode;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import com.hazelcast.internal.util.Clock;
import io.kvorum.consensus.DesiredVoters;
import java.lang.System.Logger.Level;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Makes the leader's group of voters follow the replicated list of members, one voter at a time:
 * first who is to leave, then who is to come, once it has caught up. Until then it is fed like a
 * learner, so that a member that was added but never started costs nobody the majority.
 *
 * <p>Confined to the engine thread of the leader.
 */
final class VoterReconfiguration {
  private static final System.Logger LOG = System.getLogger(VoterReconfiguration.class.getName());

  /** While leadership is being handed over, nothing is written. */
  private static final long HANDOVER_PAUSE_MILLIS = 3_000;

  private final RaftNodeImpl node;
  private final DesiredVoters membership;
  private final LearnerReplication feed;
  private final LeadershipTransfer transfer;
  private final FailureLatch failure;
  private boolean isChanging;
  private long nextHandoverMillis;

  VoterReconfiguration(
      RaftNodeImpl node,
      DesiredVoters membership,
      LearnerReplication feed,
      LeadershipTransfer transfer,
      FailureLatch failure) {
    this.node = node;
    this.membership = membership;
    this.feed = feed;
    this.transfer = transfer;
    this.failure = failure;
  }

  /** To be called every now and then while this member leads. */
  void tick() {
    Set<MemberEndpoint> wanted = endpoints(membership.voters());
    RaftState state = node.state();
    Set<MemberEndpoint> others = endpoints(membership.learners());
    others.addAll(wanted);
    others.removeIf(member -> state.isKnownMember(member) || isSelf(member));
    feed.feed(others);
    if (wanted.isEmpty() || isChanging || !mayChange()) {
      return;
    }
    MemberEndpoint leaver = nextToLeave(wanted);
    if (leaver != null && remove(leaver)) {
      return;
    }
    for (MemberEndpoint comer : wanted) {
      if (!state.isKnownMember(comer) && feed.isNearlyLevel(comer)) {
        change(comer, MembershipChangeMode.ADD);
        return;
      }
    }
  }

  private boolean mayChange() {
    RaftState state = node.state();
    return node.getStatus() == RaftNodeStatus.ACTIVE
        && state.leadershipTransferState() == null
        && state.membersLogIndex() == state.committedGroupMembers().index()
        && node.canQueryLinearizable();
  }

  /** Others before this member, which has to find a successor first. */
  private @Nullable MemberEndpoint nextToLeave(Set<MemberEndpoint> wanted) {
    MemberEndpoint self = null;
    for (RaftEndpoint voter : node.state().members()) {
      MemberEndpoint member = (MemberEndpoint) voter;
      if (!wanted.contains(member)) {
        if (!isSelf(member)) {
          return member;
        }
        self = member;
      }
    }
    return self;
  }

  /**
   * @return false if it must wait: this member is the one to leave, and nobody else can lead
   */
  private boolean remove(MemberEndpoint leaver) {
    if (!isSelf(leaver)) {
      change(leaver, MembershipChangeMode.REMOVE);
      return true;
    }
    if (transfer.best() == null || Clock.currentTimeMillis() < nextHandoverMillis) {
      return false;
    }
    LOG.log(Level.INFO, "this member is to leave, and another one to lead");
    CompletableFuture<Void> handedOver = new CompletableFuture<>();
    var unused =
        handedOver.whenComplete(
            (nothing, refusal) -> {
              if (refusal != null) {
                nextHandoverMillis = Clock.currentTimeMillis() + HANDOVER_PAUSE_MILLIS;
              }
            });
    transfer.toTheBest(handedOver);
    return true;
  }

  private void change(MemberEndpoint member, MembershipChangeMode mode) {
    LOG.log(
        Level.INFO,
        mode == MembershipChangeMode.ADD ? "{0} comes to the voters" : "{0} leaves the voters",
        member);
    isChanging = true;
    @SuppressWarnings("unchecked") // The engine's futures are raw.
    HazelcastFuture<Object> changed =
        (HazelcastFuture<Object>) node.replicateMembershipChange(member, mode);
    changed.whenComplete(
        (index, refusal) -> {
          isChanging = false;
          if (refusal != null && HazelcastErrors.codeOf(refusal) == null) {
            failure.record(refusal);
          }
        });
  }

  private boolean isSelf(MemberEndpoint member) {
    return member.equals(node.getLocalMember());
  }

  private static Set<MemberEndpoint> endpoints(Set<Long> ids) {
    Set<MemberEndpoint> endpoints = new LinkedHashSet<>();
    new TreeSet<>(ids).forEach(id -> endpoints.add(new MemberEndpoint(id)));
    return endpoints;
  }
}
