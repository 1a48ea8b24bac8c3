package io.kvorum.consensus.hazelcast.core;

import com.hazelcast.config.cp.RaftAlgorithmConfig;
import com.hazelcast.cp.internal.raft.MembershipChangeMode;
import com.hazelcast.cp.internal.raft.QueryPolicy;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import com.hazelcast.cp.internal.raft.impl.dto.AppendFailureResponse;
import com.hazelcast.cp.internal.raft.impl.dto.AppendRequest;
import com.hazelcast.cp.internal.raft.impl.dto.AppendSuccessResponse;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteResponse;
import com.hazelcast.cp.internal.raft.impl.dto.TriggerLeaderElection;
import com.hazelcast.cp.internal.raft.impl.dto.VoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.VoteResponse;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.RaftLog;
import com.hazelcast.cp.internal.raft.impl.state.FollowerState;
import com.hazelcast.cp.internal.raft.impl.state.LeaderState;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import com.hazelcast.cp.internal.raft.impl.task.PreVoteTask;
import com.hazelcast.internal.util.RandomPicker;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.hazelcast.log.LogOperation;
import io.kvorum.consensus.hazelcast.log.LogRecovery;
import io.kvorum.consensus.hazelcast.log.MemberEndpoint;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owns Hazelcast's Raft node: no other class reads or changes its state, except that Hazelcast
 * itself calls {@link HazelcastIntegration} and {@link RaftLogStore}. Members are their ids, and 0
 * is no member.
 *
 * <p>Each change of its state appears here once, with the reason why Hazelcast needs it and the
 * rule of Raft that it keeps or restores. Sections are those of the Raft paper (§), or of Ongaro's
 * thesis where noted.
 *
 * <p>A core serves from one recovery of the log to the next. Confined to the Raft thread. Longer
 * than most classes, since it is the one list of all that is asked of Hazelcast and done to it.
 *
 * <p>Held by: DivergedLeaderTest, LeadershipTransferTest, LearnerReplicationTest, ReadIndexTest,
 * RaftConsensusTest, ClusterSimulation.
 */
public final class RaftCore extends RaftView {
  private static final int MAX_UNCOMMITTED_ENTRIES = 5_000;
  private static final int MAX_ENTRIES_PER_APPEND = 500;

  private final MemberEndpoint self;
  private final Outbound outbound;
  private final RaftNodeImpl node;

  /**
   * Makes the node, which does nothing before {@link #start}.
   *
   * @param recovery what the log held, all of it replayed up to its committed index; null if the
   *     log is new
   * @throws IOException if there is neither a log nor a list of initial members
   */
  public RaftCore(LoopContext context, @Nullable LogRecovery recovery) throws IOException {
    MonotonicClock.install();
    RaftIdentity identity = context.identity();
    this.self = new MemberEndpoint(identity.memberId());
    this.outbound = new Outbound(context, this);
    HazelcastIntegration integration = new HazelcastIntegration(context, outbound);
    RaftAlgorithmConfig config =
        config(context.settings(), recovery == null ? 0 : recovery.uncommittedCount());
    RaftLogStore store = context.store();
    if (recovery != null) {
      store.resumeFrom(recovery.log());
      this.node =
          RaftNodeImpl.restoreRaftNode(
              MemberEndpoint.Group.KVORUM, recovery.restoredState(), config, integration, store);
      return;
    }
    if (identity.initialMembers().isEmpty()) {
      throw new IOException("a joining member must have received a snapshot first");
    }
    List<RaftEndpoint> founders =
        identity.initialMembers().stream()
            .sorted(Long::compareUnsigned)
            .<RaftEndpoint>map(MemberEndpoint::new)
            .toList();
    this.node =
        RaftNodeImpl.newRaftNode(
            MemberEndpoint.Group.KVORUM, self, founders, config, integration, store);
  }

  /**
   * @param uncommitted entries that the recovered log must have room for; besides those it holds
   *     what may be uncommitted, and what gathers between two snapshots
   */
  private static RaftAlgorithmConfig config(RaftSettings settings, int uncommitted) {
    long heartbeat = settings.heartbeatMillis();
    long election = settings.electionTimeoutMillis();
    return new RaftAlgorithmConfig()
        .setLeaderHeartbeatPeriodInMillis(heartbeat)
        .setLeaderElectionTimeoutInMillis(election)
        .setMaxMissedLeaderHeartbeatCount((int) Math.max(1, (election + heartbeat - 1) / heartbeat))
        .setAppendRequestMaxEntryCount(MAX_ENTRIES_PER_APPEND)
        .setUncommittedEntryCountToRejectNewAppends(Math.max(MAX_UNCOMMITTED_ENTRIES, uncommitted))
        .setCommitIndexAdvanceCountToSnapshot(settings.entriesPerSnapshot());
  }

  @Override
  RaftNodeImpl node() {
    return node;
  }

  // ------------------------------------------------------------------ life of the node

  /** Begins to take part; may already append and apply. */
  public void start() {
    node.start();
  }

  /** Stops taking part: pending futures fail, and Hazelcast's timers find the node terminated. */
  public void end() {
    var unused = node.forceSetTerminatedStatus();
  }

  /** Where Hazelcast's messages leave, and entries are sent to members that it does not know. */
  public Outbound outbound() {
    return outbound;
  }

  // ------------------------------------------------------------------ append, commit, read

  /**
   * Appends an entry and sends it to the followers. The future gives its index once it is applied;
   * its failures are those of {@link HazelcastErrors}.
   */
  @SuppressWarnings("unchecked") // Hazelcast's futures are raw; HazelcastIntegration gives indexes.
  public CompletableFuture<Long> append(LogOperation operation) {
    return (CompletableFuture<Long>) (CompletableFuture<?>) node.replicate(operation);
  }

  /**
   * Confirms by a round of heartbeats that this member still leads, and gives an index that holds
   * every write acknowledged before (thesis §6.4).
   */
  @SuppressWarnings("unchecked") // See append.
  public CompletableFuture<Long> confirmLeadership() {
    return (CompletableFuture<Long>)
        (CompletableFuture<?>)
            node.query(HazelcastIntegration.READ_BARRIER, QueryPolicy.LINEARIZABLE);
  }

  /**
   * Flushes what a leader has appended, and counts the leader itself among those that have it: a
   * leader may write in parallel with its followers, but counts itself only when its write is
   * durable (thesis §10.2.1). Hazelcast would flush in a later task. That is too late here, since a
   * majority without the leader can commit an entry, and nothing may be applied on a member before
   * it is on that member's disk.
   */
  public void flushAndAdvanceCommit() {
    RaftLog log = node.state().log();
    log.flush();
    LeaderState leading = node.state().leaderState();
    if (leading != null && log.lastLogOrSnapshotIndex() > leading.flushedLogIndex()) {
      leading.flushedLogIndex(log.lastLogOrSnapshotIndex());
      node.tryAdvanceCommitIndex();
    }
  }

  /**
   * Does for the only voter what messages of followers do for other leaders: wins the election by
   * its own vote (§5.2), counts its own disk as the majority (§5.3), and answers reads. Hazelcast
   * does each of these only when a message arrives. Must follow each step that may have appended.
   */
  public void driveSoleVoter() {
    RaftState state = node.state();
    if (state.role() != RaftRole.LEADER) {
      state.toCandidate(false);
      node.toLeader();
    }
    flushAndAdvanceCommit();
    node.tryAdvanceCommitIndex();
    node.tryRunQueries();
  }

  /**
   * Answers reads whose round a majority has confirmed. Hazelcast looks at them only if an
   * acknowledgement brought no new entries; but each acknowledgement confirms the round (§8).
   */
  public void runConfirmedReads() {
    node.tryRunQueries();
  }

  // ------------------------------------------------------------------ followers, on a leader

  /** Sends a follower what it lacks, or a heartbeat, unless a request to it is on its way. */
  public void sendAppend(long voter) {
    node.sendAppendRequest(endpoint(voter));
  }

  /**
   * Sends to a follower that has reconnected: what was on its way is lost, and Hazelcast would wait
   * for the answer. A leader retries until a follower has all entries (§5.3).
   */
  public void sendAppendAgain(long voter) {
    FollowerState follower = follower(voter);
    if (follower != null) {
      follower.resetRequestBackoff();
      node.sendAppendRequest(endpoint(voter));
    }
  }

  /**
   * Moves back to the end of a follower's log in one step, as §5.3 allows when a follower says how
   * far its log reaches; Hazelcast goes back by one entry for each refusal. Only ever backwards,
   * and never below what the follower has confirmed.
   *
   * @param expectedNext the next entry as the refusal names it, by which Hazelcast recognises it
   * @return the next entry by which Hazelcast recognises the refusal now
   */
  public long skipBackTo(long voter, long lastIndexOfVoter, long expectedNext) {
    FollowerState follower = follower(voter);
    long next = lastIndexOfVoter + 1;
    if (follower != null
        && expectedNext == follower.nextIndex()
        && next < expectedNext - 1
        && next > follower.matchIndex()) {
      follower.nextIndex(next + 1);
      return next + 1;
    }
    return expectedNext;
  }

  // ------------------------------------------------------------------ terms, elections, following

  /** From the source of Hazelcast's own random waits, which a simulation seeds. */
  public static int randomBelow(int bound) {
    return RandomPicker.getInt(0, bound);
  }

  /**
   * Asks for pre-votes now, in place of an election that came to nothing (§5.2; pre-vote: thesis
   * §9.6). Hazelcast begins one only when its own timer finds the leader gone, and none while it
   * remembers a leader or an earlier attempt: so both are forgotten first.
   */
  public void startElection() {
    RaftState state = node.state();
    if (state.leader() != null) {
      node.leader(null);
    }
    if (state.role() == RaftRole.CANDIDATE) {
      node.toFollower(state.term());
    }
    state.removePreCandidateState();
    new PreVoteTask(node, state.term()).run();
  }

  /**
   * Becomes a follower of a term that is later than its own: a server whose term is out of date
   * takes over the later one (§5.1). For messages that Hazelcast does not read that way: a refused
   * pre-vote, and the answer of a learner.
   */
  public void stepDown(int laterTerm) {
    node.toFollower(laterTerm);
  }

  /** Follows the leader of an append: the leader of a term is followed in it (§5.2). */
  public void follow(AppendRequest request) {
    RaftState state = node.state();
    if (request.term() > state.term() || state.role() != RaftRole.FOLLOWER) {
      node.toFollower(request.term());
    }
    if (!request.leader().equals(state.leader())) {
      node.leader(request.leader());
    }
  }

  /** Acknowledges the entry before an append that has no entries, and counts it as a heartbeat. */
  public void acknowledge(AppendRequest request) {
    node.updateLastAppendEntriesTimestamp();
    node.send(
        new AppendSuccessResponse(
            self,
            term(),
            request.prevLogIndex(),
            request.queryRound(),
            request.flowControlSequenceNumber()),
        request.leader());
  }

  /**
   * Deletes the entries from {@code index} on, none of which is committed: a follower's conflicting
   * entries give way to the leader's (§5.3). A change of the voters among them no longer holds, as
   * a server uses the last configuration in its log (§6).
   */
  public void dropUncommittedFrom(long index) {
    RaftLog log = node.state().log();
    boolean changesVoters =
        log.deleteEntriesFrom(index).stream()
            .anyMatch(entry -> entry.operation() instanceof UpdateRaftGroupMembersCmd);
    node.invalidateFuturesFrom(index);
    if (changesVoters) {
      node.setStatus(RaftNodeStatus.ACTIVE);
      node.resetGroupMembers();
    }
    log.flush();
  }

  // ------------------------------------------------------------------ voters, leadership transfer

  @SuppressWarnings("unchecked") // See append.
  public CompletableFuture<Long> changeVoters(long member, boolean isAddition) {
    return (CompletableFuture<Long>)
        (CompletableFuture<?>)
            node.replicateMembershipChange(
                endpoint(member),
                isAddition ? MembershipChangeMode.ADD : MembershipChangeMode.REMOVE);
  }

  /**
   * Closes the log to new entries until leadership has passed on or {@link #failTransfer} (thesis
   * §3.10). Hazelcast's own task for the rest is not used: it checks once whether everything is
   * committed, which under load it is not, and again 400 to 800 ms later.
   *
   * @param outcome gets null when another member leads, otherwise why not; a transfer already in
   *     progress to another member continues, and this one is refused
   * @return whether this call started the transfer now in progress
   */
  public boolean beginTransfer(long successor, Consumer<@Nullable Throwable> outcome) {
    HazelcastFuture<Object> transferred = new HazelcastFuture<>();
    boolean isNew = node.state().initLeadershipTransfer(endpoint(successor), transferred);
    var unused = transferred.whenComplete((nothing, refusal) -> outcome.accept(refusal));
    return isNew;
  }

  public void failTransfer(String reason) {
    node.state().completeLeadershipTransfer(new IllegalStateException(reason));
  }

  /**
   * Asks a follower to stand for election at once, without waiting for a timeout (thesis §3.10).
   */
  public void askToStand(long voter) {
    LogEntry last = node.state().log().lastLogOrSnapshotEntry();
    node.send(new TriggerLeaderElection(self, term(), last.term(), last.index()), endpoint(voter));
  }

  // ------------------------------------------------------------------ received messages

  public void handle(PreVoteRequest request) {
    node.handlePreVoteRequest(request);
  }

  public void handle(PreVoteResponse response) {
    node.handlePreVoteResponse(response);
  }

  public void handle(VoteRequest request) {
    node.handleVoteRequest(request);
  }

  public void handle(VoteResponse response) {
    node.handleVoteResponse(response);
  }

  public void handle(AppendRequest request) {
    node.handleAppendRequest(request);
  }

  public void handle(AppendSuccessResponse response) {
    node.handleAppendResponse(response);
  }

  public void handle(AppendFailureResponse response) {
    node.handleAppendResponse(response);
  }

  public void handle(TriggerLeaderElection request) {
    node.handleTriggerLeaderElection(request);
  }
}
