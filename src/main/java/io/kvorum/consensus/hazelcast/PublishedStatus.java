package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.state.RaftGroupMembers;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import io.kvorum.consensus.ConsensusStatus;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the engine stands, written by the engine thread and read by all. */
final class PublishedStatus {
  private final Applier applier;
  private final ProposalQueue proposals;
  private long lastLeader;
  private long leaderChanges;

  private volatile ConsensusStatus status = new ConsensusStatus(0, 0, false, 0, 0, 0, 0, 0);
  private volatile boolean confirmsReads;
  private volatile Map<Long, Long> progress = Map.of();
  private volatile Set<Long> voters = Set.of();
  private @Nullable RaftGroupMembers publishedGroup;

  PublishedStatus(Applier applier, ProposalQueue proposals) {
    this.applier = applier;
    this.proposals = proposals;
  }

  ConsensusStatus status() {
    return status;
  }

  /** Whether this member knows, without asking anyone, that nothing is newer than what it holds. */
  boolean confirmsReads() {
    return confirmsReads;
  }

  /** How far the other members are, as of the last heartbeat; empty unless this member leads. */
  Map<Long, Long> progress() {
    return progress;
  }

  /** Who has a say in the group, or had until a change that is not committed yet. */
  Set<Long> voters() {
    return voters;
  }

  /** Engine thread. */
  void publishProgress(Map<Long, Long> newProgress) {
    progress = newProgress;
  }

  /** Engine thread, after each step that others are to see. */
  void publish(RaftNodeImpl raft) {
    RaftState state = raft.state();
    RaftEndpoint leader = state.leader();
    long leaderId = leader == null ? 0 : ((MemberEndpoint) leader).id();
    if (leaderId != 0 && leaderId != lastLeader) {
      lastLeader = leaderId;
      leaderChanges++;
    }
    boolean leads = state.role() == RaftRole.LEADER;
    status = of(state.term(), leaderId, leads, state.commitIndex());
    confirmsReads = leads && GroupOfOne.is(raft);
    publishGroup(state);
  }

  private void publishGroup(RaftState state) {
    RaftGroupMembers committed = state.committedGroupMembers();
    RaftGroupMembers last = state.lastGroupMembers();
    if (committed == last && publishedGroup == last) {
      return;
    }
    publishedGroup = committed == last ? last : null;
    Set<Long> ids = new HashSet<>();
    committed.members().forEach(member -> ids.add(((MemberEndpoint) member).id()));
    last.members().forEach(member -> ids.add(((MemberEndpoint) member).id()));
    voters = Set.copyOf(ids);
  }

  /** Nobody leads here any more. */
  void publishStopped() {
    ConsensusStatus last = status;
    confirmsReads = false;
    progress = Map.of();
    status = of(last.term(), 0, false, last.committedIndex());
  }

  private ConsensusStatus of(long term, long leaderId, boolean leads, long committedIndex) {
    return new ConsensusStatus(
        term,
        leaderId,
        leads,
        committedIndex,
        applier.appliedIndex(),
        proposals.pendingProposals(),
        proposals.failedProposals(),
        leaderChanges);
  }
}
