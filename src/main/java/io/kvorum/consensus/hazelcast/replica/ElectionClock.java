package io.kvorum.consensus.hazelcast.replica;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.hazelcast.core.LoopContext;
import io.kvorum.consensus.hazelcast.core.RaftCore;
import java.util.concurrent.TimeUnit;

/**
 * Decides when this member begins an election (§5.2). Hazelcast checks its leader every one to two
 * seconds, whatever the election timeout; this clock checks with every tick, and knows of broken
 * connections. Which member begins is random, within a quarter of the timeout.
 *
 * <pre>
 *   heartbeats stop ──── election timeout ──── up to 1/4 more ── pre-vote, vote
 *   connection refused ─ two heartbeats ────── up to 1/4 more ── pre-vote, vote
 *   stood and lost ───── half a timeout ────── up to 1/4 more ── pre-vote, vote
 *   voted for another ── election timeout ──── up to 1/4 more ── pre-vote, vote
 * </pre>
 *
 * <p>An election first asks whether it could be won (pre-vote, thesis §9.6), so that a member that
 * merely lost its own connection to the leader disturbs no one. Confined to the Raft thread.
 *
 * <p>Held by: LeadershipTransferTest, ClusterSimulation.
 */
final class ElectionClock {
  private static final long NOT_RUNNING = Long.MIN_VALUE;

  private final RaftCore core;
  private final PeerTransport transport;
  private final LoopRunner runner;
  private final RaftSettings settings;

  /** Since when the leader has been unreachable. */
  private long unreachableSince = NOT_RUNNING;

  /** When an election is to begin. */
  private long electionAt = NOT_RUNNING;

  /** The last term in which this member was seen to have voted. */
  private long votedTerm;

  ElectionClock(LoopContext context, RaftCore core) {
    this.core = core;
    this.transport = context.ports().transport();
    this.runner = context.runner();
    this.settings = context.settings();
    this.votedTerm = core.term();
  }

  /** To be called a few times in each heartbeat interval. */
  void tick() {
    boolean hasJustVoted = hasJustVoted();
    if (core.isLeader() || core.isSoleVoter() || !core.isSelfVoter()) {
      electionAt = NOT_RUNNING;
      unreachableSince = NOT_RUNNING;
      return;
    }
    long now = runner.nanoTime();
    if (!isLeaderLost(now)) {
      electionAt = NOT_RUNNING;
      return;
    }
    if (hasJustVoted) {
      electionAt = now + (core.hasVotedForAnother() ? patienceNanos() : electionNanos());
    } else if (electionAt == NOT_RUNNING) {
      electionAt = now + jitterNanos();
    } else if (now - electionAt >= 0) {
      core.startElection();
      electionAt = now + electionNanos();
    }
  }

  /**
   * Whether this member has given its vote, to itself or another, since the last call: that
   * election gets the time that it needs, or each would disturb the one before it.
   */
  private boolean hasJustVoted() {
    boolean isNew = core.hasVoted() && core.term() > votedTerm;
    if (isNew) {
      votedTerm = core.term();
    }
    return isNew;
  }

  private boolean isLeaderLost(long now) {
    long leader = core.leaderId();
    if (leader == 0) {
      return true;
    }
    if (transport.isReachable(leader)) {
      unreachableSince = NOT_RUNNING;
    } else if (unreachableSince == NOT_RUNNING) {
      unreachableSince = now;
    }
    boolean isUnreachable =
        unreachableSince != NOT_RUNNING
            && now - unreachableSince > nanos(2 * settings.heartbeatMillis());
    return core.isLeaderSilent() || isUnreachable;
  }

  private long electionNanos() {
    return nanos(settings.electionTimeoutMillis() / 2) + jitterNanos();
  }

  /** A winner on a slow disk has yet to write its vote, and its first entry, before it is heard. */
  private long patienceNanos() {
    return nanos(settings.electionTimeoutMillis()) + jitterNanos();
  }

  private long jitterNanos() {
    int most = (int) Math.max(1, settings.electionTimeoutMillis() / 4);
    return nanos(RaftCore.randomBelow(most));
  }

  private static long nanos(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
