package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import com.hazelcast.cp.internal.raft.impl.dto.AppendRequest;
import com.hazelcast.cp.internal.raft.impl.dto.AppendSuccessResponse;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.RaftLog;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import java.util.Arrays;

/**
 * Takes appends that follow right after the engine's snapshot while there are entries behind it
 * that nobody has decided on. The engine does not find the entry before them, since that is in the
 * snapshot, and refuses every such append for ever:
 *
 * <pre>
 *   here    snapshot at 7 | 8/3  9/3         undecided, of term 3
 *   leader          ... 7 | 8/4  9/4         "what comes after 7"
 * </pre>
 *
 * <p>Confined to the engine thread.
 */
final class AppendAfterSnapshot {
  private final RaftNodeImpl node;

  AppendAfterSnapshot(RaftNodeImpl node) {
    this.node = node;
  }

  /**
   * @param request begins after an entry that is committed here, or later
   */
  void handle(AppendRequest request) {
    RaftState state = node.state();
    RaftLog log = state.log();
    long edge = request.prevLogIndex();
    boolean isAtEdge =
        edge > 0
            && edge == log.snapshotIndex()
            && edge < log.lastLogOrSnapshotIndex()
            && !log.containsLogEntry(edge);
    if (!isAtEdge || request.term() < state.term()) {
      node.handleAppendRequest(request);
      return;
    }
    follow(request);
    if (request.entryCount() == 0) {
      agree(request);
      return;
    }
    int known = known(request);
    if (known == 0) {
      dropUndecided(edge + 1);
      node.handleAppendRequest(request);
    } else {
      LogEntry[] entries = request.entries();
      node.handleAppendRequest(
          new AppendRequest(
              request.leader(),
              request.term(),
              entries[known - 1].term(),
              entries[known - 1].index(),
              request.leaderCommitIndex(),
              Arrays.copyOfRange(entries, known, entries.length),
              request.queryRound(),
              request.flowControlSequenceNumber()));
    }
  }

  private void follow(AppendRequest request) {
    RaftState state = node.state();
    if (request.term() > state.term() || state.role() != RaftRole.FOLLOWER) {
      node.toFollower(request.term());
    }
    if (!request.leader().equals(state.leader())) {
      node.leader(request.leader());
    }
  }

  /** Up to the edge, which is committed, both have the same. */
  private void agree(AppendRequest request) {
    node.updateLastAppendEntriesTimestamp();
    node.send(
        new AppendSuccessResponse(
            node.getLocalMember(),
            node.state().term(),
            request.prevLogIndex(),
            request.queryRound(),
            request.flowControlSequenceNumber()),
        request.leader());
  }

  /** How many of the entries are here already. */
  private int known(AppendRequest request) {
    RaftLog log = node.state().log();
    int known = 0;
    for (LogEntry entry : request.entries()) {
      LogEntry here = log.getLogEntry(entry.index());
      if (here == null || here.term() != entry.term()) {
        break;
      }
      known++;
    }
    return known;
  }

  /** As the engine does with entries that a new leader does not have. */
  private void dropUndecided(long from) {
    RaftLog log = node.state().log();
    boolean changesGroup =
        log.deleteEntriesFrom(from).stream()
            .anyMatch(entry -> entry.operation() instanceof UpdateRaftGroupMembersCmd);
    node.invalidateFuturesFrom(from);
    if (changesGroup) {
      node.setStatus(RaftNodeStatus.ACTIVE);
      node.resetGroupMembers();
    }
    log.flush();
  }
}
