package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.log.RaftLog;
import com.hazelcast.cp.internal.raft.impl.state.LeaderState;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;

/**
 * What other members do for a leader, done by the leader itself when there is no other: the engine
 * asks for a vote and counts acknowledgements only on their messages, so that a group of one would
 * elect nobody and commit nothing.
 */
final class GroupOfOne {
  private GroupOfOne() {}

  /** Whether the member is a group by itself, so that it need not ask anyone. */
  static boolean is(RaftNodeImpl node) {
    RaftState state = node.state();
    return state.memberCount() == 1 && state.isKnownMember(node.getLocalMember());
  }

  /** Leads, flushes, commits, applies. To be called after each step that may have appended. */
  static void drive(RaftNodeImpl node) {
    RaftState state = node.state();
    if (state.role() != RaftRole.LEADER) {
      state.toCandidate(false);
      node.toLeader();
    }
    flush(node);
    node.tryAdvanceCommitIndex();
    node.tryRunQueries();
  }

  /**
   * Flushes what a leader has appended, and lets it count. The engine would do that in a task of
   * its own, later: but nothing may be applied before it is flushed here, although others may have
   * flushed it sooner.
   */
  static void flush(RaftNodeImpl node) {
    RaftLog log = node.state().log();
    log.flush();
    LeaderState leaderState = node.state().leaderState();
    if (leaderState != null && log.lastLogOrSnapshotIndex() > leaderState.flushedLogIndex()) {
      leaderState.flushedLogIndex(log.lastLogOrSnapshotIndex());
      node.tryAdvanceCommitIndex();
    }
  }
}
