package io.kvorum.consensus.hazelcast.core;

import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.consensus.hazelcast.proposal.ProposalQueue;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Publishes where consensus stands: written by the Raft thread, read by any. Each volatile field is
 * consistent in itself; an answer is given only after what it is about has been published.
 *
 * <p>Held by: RaftConsensusTest, CoreSimulation.
 */
public final class PublishedStatus {
  private static final long UNSETTLED = -1;

  private final ProposalQueue proposals;
  private final ReadIndex reads;
  private long lastLeader;
  private long leaderChanges;

  private volatile ConsensusStatus status = new ConsensusStatus(0, 0, false, 0, 0, 0, 0, 0, 0, 0);
  private volatile boolean confirmsReads;
  private volatile Map<Long, Long> progress = Map.of();
  private volatile Set<Long> voters = Set.of();

  /** The core and the entry whose voters are published, if no change of them is under way. */
  private @Nullable RaftView votersOf;

  private long votersIndex = UNSETTLED;

  public PublishedStatus(ProposalQueue proposals, ReadIndex reads) {
    this.proposals = proposals;
    this.reads = reads;
  }

  public ConsensusStatus status() {
    return status;
  }

  /** Whether this member is the only voter: nothing can be newer than what it has applied. */
  public boolean confirmsReads() {
    return confirmsReads;
  }

  /** The match index of the other members as of the last tick; empty unless this member leads. */
  public Map<Long, Long> progress() {
    return progress;
  }

  /** The voters, and those that a change not committed yet adds or removes. */
  public Set<Long> voters() {
    return voters;
  }

  /** Raft thread. */
  public void publishProgress(Map<Long, Long> newProgress) {
    progress = newProgress;
  }

  /** Raft thread, after each step that callers are to see. */
  public void publish(RaftView core, long appliedIndex) {
    long leaderId = core.leaderId();
    if (leaderId != 0 && leaderId != lastLeader) {
      lastLeader = leaderId;
      leaderChanges++;
    }
    boolean isLeader = core.isLeader();
    status = of(core.term(), leaderId, isLeader, core.commitIndex(), appliedIndex);
    confirmsReads = isLeader && core.isSoleVoter();
    publishVoters(core);
  }

  private void publishVoters(RaftView core) {
    boolean isSettled = core.votersIndex() == core.committedVotersIndex();
    if (isSettled && votersOf == core && votersIndex == core.votersIndex()) {
      return;
    }
    votersOf = core;
    votersIndex = isSettled ? core.votersIndex() : UNSETTLED;
    Set<Long> ids = new HashSet<>(core.committedVoters().voters());
    ids.addAll(core.voters());
    voters = Set.copyOf(ids);
  }

  /** Raft thread: this member serves no more. */
  public void publishStopped(long appliedIndex) {
    ConsensusStatus last = status;
    confirmsReads = false;
    progress = Map.of();
    status = of(last.term(), 0, false, last.committedIndex(), appliedIndex);
  }

  private ConsensusStatus of(
      long term, long leaderId, boolean isLeader, long committedIndex, long appliedIndex) {
    return new ConsensusStatus(
        term,
        leaderId,
        isLeader,
        committedIndex,
        appliedIndex,
        proposals.pendingProposals(),
        proposals.failedProposals(),
        reads.late(),
        reads.failed(),
        leaderChanges);
  }
}
