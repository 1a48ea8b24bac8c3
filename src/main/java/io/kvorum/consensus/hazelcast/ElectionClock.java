package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import com.hazelcast.cp.internal.raft.impl.task.PreVoteTask;
import com.hazelcast.internal.util.RandomPicker;
import io.kvorum.consensus.PeerTransport;
import java.util.concurrent.TimeUnit;

/**
 * Notices sooner than the engine that the leader is gone: the engine looks every one to two
 * seconds, whatever the election timeout; this looks with every tick, and knows of broken
 * connections. Who begins an election is decided by chance, within a quarter of the timeout.
 *
 * <pre>
 *   heartbeats stop ──── election timeout ──── up to 1/4 more ── pre-vote, vote
 *   connection refused ─ two heartbeats ────── up to 1/4 more ── pre-vote, vote
 *   vote given ───────── half a timeout ────── up to 1/4 more ── pre-vote, vote
 * </pre>
 *
 * <p>An election asks first whether it could be won (pre-vote), so that a member that merely lost
 * its own way to the leader disturbs nobody. Confined to the engine thread.
 */
final class ElectionClock {
  private static final long NOT_RUNNING = Long.MIN_VALUE;

  private final RaftNodeImpl node;
  private final PeerTransport transport;
  private final LoopRunner runner;
  private final RaftSettings settings;

  /** Since when the leader has not been reachable. */
  private long unreachableSince = NOT_RUNNING;

  /** When an election is to begin. */
  private long electionAt = NOT_RUNNING;

  /** The last term in which this member was seen to have voted. */
  private long votedTerm;

  ElectionClock(
      RaftNodeImpl node, PeerTransport transport, LoopRunner runner, RaftSettings settings) {
    this.node = node;
    this.transport = transport;
    this.runner = runner;
    this.settings = settings;
    this.votedTerm = node.state().term();
  }

  /** To be called a few times in each heartbeat interval. */
  void tick() {
    RaftState state = node.state();
    boolean hasJustVoted = hasJustVoted(state);
    boolean leads = state.role() == RaftRole.LEADER;
    if (leads || GroupOfOne.is(node) || !state.isKnownMember(node.getLocalMember())) {
      electionAt = NOT_RUNNING;
      unreachableSince = NOT_RUNNING;
      return;
    }
    long now = runner.nanoTime();
    if (!isLeaderLost(state, now)) {
      electionAt = NOT_RUNNING;
      return;
    }
    if (hasJustVoted) {
      electionAt = now + electionNanos();
    } else if (electionAt == NOT_RUNNING) {
      electionAt = now + jitterNanos();
    } else if (now - electionAt >= 0) {
      begin(state);
      electionAt = now + electionNanos();
    }
  }

  /**
   * Whether this member has given its vote, to itself or another, since this was last asked: that
   * election gets the time that it needs, or one would disturb the next.
   */
  private boolean hasJustVoted(RaftState state) {
    boolean isNew = state.votedFor() != null && state.term() > votedTerm;
    if (isNew) {
      votedTerm = state.term();
    }
    return isNew;
  }

  private boolean isLeaderLost(RaftState state, long now) {
    RaftEndpoint leader = state.leader();
    if (leader == null) {
      return true;
    }
    if (transport.isReachable(((MemberEndpoint) leader).id())) {
      unreachableSince = NOT_RUNNING;
    } else if (unreachableSince == NOT_RUNNING) {
      unreachableSince = now;
    }
    boolean unreachable =
        unreachableSince != NOT_RUNNING
            && now - unreachableSince > millis(2 * settings.heartbeatMillis());
    return node.isHeartbeatTimedOut() || unreachable;
  }

  private void begin(RaftState state) {
    if (state.leader() != null) {
      node.leader(null);
    }
    if (state.role() == RaftRole.CANDIDATE) {
      node.toFollower(state.term());
    }
    state.removePreCandidateState();
    new PreVoteTask(node, state.term()).run();
  }

  private long electionNanos() {
    return millis(settings.electionTimeoutMillis() / 2) + jitterNanos();
  }

  private long jitterNanos() {
    int most = (int) Math.max(1, settings.electionTimeoutMillis() / 4);
    return millis(RandomPicker.getInt(0, most));
  }

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
