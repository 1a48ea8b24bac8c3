package io.kvorum.consensus.hazelcast.core;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.RaftLog;
import com.hazelcast.cp.internal.raft.impl.state.FollowerState;
import com.hazelcast.cp.internal.raft.impl.state.LeaderState;
import com.hazelcast.cp.internal.raft.impl.state.LeadershipTransferState;
import com.hazelcast.cp.internal.raft.impl.state.RaftGroupMembers;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.log.LogOperation;
import io.kvorum.consensus.hazelcast.log.MemberEndpoint;
import io.kvorum.consensus.hazelcast.log.VoterGroup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What may be read of Hazelcast's Raft node: role, term, voters, the log in memory, and on a leader
 * how far its followers are. Members are their ids; 0 is no member. Changes go through {@link
 * RaftCore}.
 *
 * <p>Confined to the Raft thread. Held by: ArchitectureTest, ClusterSimulation.
 */
public abstract sealed class RaftView permits RaftCore {
  /** The term of an entry that Hazelcast does not hold in memory. */
  public static final int UNKNOWN_TERM = -1;

  /** Stands for any operation that does not change the voters. */
  private static final Object ANY_OPERATION = new Object();

  /** For this class and {@link RaftCore} alone. */
  abstract RaftNodeImpl node();

  // ------------------------------------------------------------------ role, term and voters

  public long self() {
    return idOf(node().getLocalMember());
  }

  /**
   * Whether {@link RaftCore#end} was called or this member was removed: nothing may happen any
   * more.
   */
  public boolean hasEnded() {
    return node().isTerminatedOrSteppedDown();
  }

  public boolean wasRemoved() {
    return node().getStatus() == RaftNodeStatus.STEPPED_DOWN;
  }

  public int term() {
    return node().state().term();
  }

  public boolean isLeader() {
    return node().state().role() == RaftRole.LEADER && !hasEnded();
  }

  /** The leader as far as this member knows, possibly itself. */
  public long leaderId() {
    return idOf(node().state().leader());
  }

  /** Whether this member has voted in its term, for itself or another. */
  public boolean hasVoted() {
    return node().state().votedFor() != null;
  }

  /** Whether this member has voted in its term, and not for itself. */
  public boolean hasVotedForAnother() {
    return hasVoted() && idOf(node().state().votedFor()) != self();
  }

  /** Whether the member is a voter as of the last entry of the log, committed or not (§6). */
  public boolean isVoter(long member) {
    return node().state().isKnownMember(endpoint(member));
  }

  /**
   * Whether this member knows that it is a voter. One that does not counts the majority of a group
   * that it is not in: an election could then have two winners (§5.2).
   */
  public boolean isSelfVoter() {
    return node().state().isKnownMember(node().getLocalMember());
  }

  public boolean isSoleVoter() {
    return node().state().memberCount() == 1 && isSelfVoter();
  }

  public int voterCount() {
    return node().state().memberCount();
  }

  /** The voters as of the last entry of the log, committed or not (§6). */
  public List<Long> voters() {
    return VoterGroup.ids(node().state().members());
  }

  /** Whether the member is a voter as of the last committed change. */
  public boolean isCommittedVoter(long member) {
    return node().getCommittedMembers().contains(endpoint(member));
  }

  /** The voters as of the last committed change. */
  public VoterGroup committedVoters() {
    RaftGroupMembers group = node().state().committedGroupMembers();
    return new VoterGroup(group.index(), VoterGroup.ids(group.members()));
  }

  /** The entry that made the voters what they are, committed or not; cheap. */
  public long votersIndex() {
    return node().state().membersLogIndex();
  }

  public long committedVotersIndex() {
    return node().state().committedGroupMembers().index();
  }

  // ------------------------------------------------------------------ the log in memory

  public long lastIndex() {
    return node().state().log().lastLogOrSnapshotIndex();
  }

  public long commitIndex() {
    return node().state().commitIndex();
  }

  /** The last entry that Hazelcast has handed out, or has applied on its own. */
  public long appliedIndex() {
    return node().state().lastApplied();
  }

  /** The index of Hazelcast's snapshot: entries up to there may be gone from memory. */
  public long snapshotIndex() {
    return node().state().log().snapshotIndex();
  }

  /** Whether the entry is in memory. */
  public boolean holds(long index) {
    return node().state().log().containsLogEntry(index);
  }

  /** The term of an entry, or of the snapshot at that index; or {@link #UNKNOWN_TERM}. */
  public int termOf(long index) {
    RaftLog log = node().state().log();
    LogEntry entry = log.getLogEntry(index);
    if (entry != null) {
      return entry.term();
    }
    return index == log.snapshotIndex() ? log.snapshot().term() : UNKNOWN_TERM;
  }

  /** An entry with its bytes, if both are in memory. */
  public WriteAheadLog.@Nullable Entry entryInMemory(long index, EntryCodec codec) {
    LogEntry entry = node().state().log().getLogEntry(index);
    if (entry == null) {
      return null;
    }
    byte[] payload =
        entry.operation() instanceof UpdateRaftGroupMembersCmd change
            ? codec.encodeVoters(VoterGroup.Change.of(change))
            : ((LogOperation) entry.operation()).payloadAtHand();
    return payload == null ? null : new WriteAheadLog.Entry(index, entry.term(), payload);
  }

  /** The change of the voters that an entry makes; null if it makes none or is not in memory. */
  public VoterGroup.@Nullable Change voterChangeAt(long index) {
    LogEntry entry = node().state().log().getLogEntry(index);
    return entry != null && entry.operation() instanceof UpdateRaftGroupMembersCmd change
        ? VoterGroup.Change.of(change)
        : null;
  }

  // ------------------------------------------------------------------ as a leader

  /** Whether Hazelcast would take an entry now: not before its term has begun, say. */
  public boolean canAppend() {
    return node().canReplicateNewEntry(ANY_OPERATION);
  }

  /** The last entry that a follower is known to have on disk; 0 if it is not a follower. */
  public long matchIndex(long voter) {
    FollowerState follower = follower(voter);
    return follower == null ? 0 : follower.matchIndex();
  }

  /** The entry that a follower is sent next; 0 if it is not a follower. */
  public long nextIndex(long voter) {
    FollowerState follower = follower(voter);
    return follower == null ? 0 : follower.nextIndex();
  }

  /** Whether this member is the leader, and the other one a voter. */
  public boolean isFollower(long voter) {
    return follower(voter) != null;
  }

  @Nullable FollowerState follower(long voter) {
    LeaderState leading = node().state().leaderState();
    return leading == null ? null : leading.getFollowerStates().get(endpoint(voter));
  }

  /** Whether there is a follower of this kind for which nothing is on its way. */
  public boolean hasIdleFollower(LongPredicate kind) {
    for (Map.Entry<RaftEndpoint, FollowerState> follower :
        node().state().leaderState().getFollowerStates().entrySet()) {
      if (!follower.getValue().isAppendRequestBackoffSet() && kind.test(idOf(follower.getKey()))) {
        return true;
      }
    }
    return false;
  }

  /** The match index of each follower; empty unless this member leads. */
  public Map<Long, Long> matchIndexes() {
    LeaderState leading = node().state().leaderState();
    Map<Long, Long> indexes = new HashMap<>();
    if (leading != null) {
      leading
          .getFollowerStates()
          .forEach((member, follower) -> indexes.put(idOf(member), follower.matchIndex()));
    }
    return indexes;
  }

  /** Whether a follower has the whole log, and all of it is committed. */
  public boolean isLevel(long voter) {
    long last = lastIndex();
    return node().getStatus() == RaftNodeStatus.ACTIVE
        && commitIndex() == last
        && isFollower(voter)
        && matchIndex(voter) == last;
  }

  /**
   * Whether the voters may change: one change at a time, after the last one is committed, and not
   * before an entry of this term is (thesis §4.1); nor while leadership is being transferred.
   */
  public boolean mayChangeVoters() {
    return node().getStatus() == RaftNodeStatus.ACTIVE
        && node().state().leadershipTransferState() == null
        && votersIndex() == committedVotersIndex()
        && node().canQueryLinearizable();
  }

  /** The member that leadership is being transferred to; 0 if none. */
  public long transferTarget() {
    LeadershipTransferState transfer = node().state().leadershipTransferState();
    return transfer == null ? 0 : idOf(transfer.endpoint());
  }

  // ------------------------------------------------------------------ as a follower or candidate

  /** Whether the leader has sent nothing for an election timeout. */
  public boolean isLeaderSilent() {
    return node().isHeartbeatTimedOut();
  }

  public boolean isAskingForPreVotes() {
    return node().state().preCandidateState() != null;
  }

  static MemberEndpoint endpoint(long member) {
    return new MemberEndpoint(member);
  }

  static long idOf(@Nullable RaftEndpoint member) {
    return member == null ? 0 : ((MemberEndpoint) member).id();
  }
}
