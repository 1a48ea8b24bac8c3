package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.LeadershipListener;
import io.kvorum.consensus.hazelcast.core.RaftView;
import io.kvorum.support.Log;

/**
 * Reports changes of leadership to the listener: a leader is reported as elected only after it has
 * applied the first entry of its own term, and so everything acknowledged before.
 *
 * <p>Confined to the Raft thread. Held by: LeadershipWatchTest.
 */
final class LeadershipWatch {
  private static final Log LOG = Log.of(LeadershipWatch.class);
  private static final long MISSING_MILLIS = 1_000;
  private static final long PRESENT = Long.MIN_VALUE;

  private final LeadershipListener listener;
  private int ledTerm;
  private boolean isLeader;
  private boolean wasRemoved;
  private long knownLeader;
  private long leaderTerm;
  private long missingSinceMillis = PRESENT;

  LeadershipWatch(LeadershipListener listener) {
    this.listener = listener;
  }

  /**
   * To be called after each step.
   *
   * @param appliedTerm of the last applied entry
   * @param nowMillis on any clock that does not jump
   */
  void observe(RaftView core, long appliedTerm, long nowMillis) {
    int term = core.term();
    observeLeader(core.leaderId(), term, nowMillis);
    boolean isLeaderNow = core.isLeader() && appliedTerm == term;
    if (isLeader && (!isLeaderNow || ledTerm != term)) {
      isLeader = false;
      LOG.debug("this member is no longer the leader");
      listener.onDeposed();
    }
    if (isLeaderNow && !isLeader) {
      isLeader = true;
      ledTerm = term;
      LOG.debug("this member is the leader of term {}", term);
      listener.onElected(term);
    }
    if (!wasRemoved && core.wasRemoved()) {
      wasRemoved = true;
      listener.onRemoved();
    }
  }

  /**
   * A leader may succeed itself, in a later term. That there is no leader is reported only after it
   * has lasted: an ordinary election is over by then, and a learner, whose own group does not
   * contain the leader, forgets it at times until the next heartbeat.
   */
  void observeLeader(long leaderId, int term, long nowMillis) {
    if (leaderId != 0) {
      missingSinceMillis = PRESENT;
      if (leaderId != knownLeader || leaderTerm != term) {
        knownLeader = leaderId;
        leaderTerm = term;
        listener.onLeaderChange(leaderId, term);
      }
    } else if (knownLeader != 0) {
      if (missingSinceMillis == PRESENT) {
        missingSinceMillis = nowMillis;
      } else if (nowMillis - missingSinceMillis >= MISSING_MILLIS) {
        knownLeader = 0;
        listener.onLeaderChange(0, term);
      }
    }
  }

  void stop() {
    if (isLeader) {
      isLeader = false;
      listener.onDeposed();
    }
  }
}
