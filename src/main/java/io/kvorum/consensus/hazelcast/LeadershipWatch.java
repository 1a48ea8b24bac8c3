package io.kvorum.consensus.hazelcast;

import com.hazelcast.internal.util.Clock;
import io.kvorum.consensus.LeadershipListener;
import java.lang.System.Logger.Level;

/**
 * Tells who leads, when this member comes to lead and when it does no more.
 *
 * <p>Confined to the engine thread.
 */
final class LeadershipWatch {
  private static final System.Logger LOG = System.getLogger(LeadershipWatch.class.getName());
  private static final long LASTING_MILLIS = 1_000;
  private static final long PRESENT = -1;

  private final LeadershipListener listener;
  private long ledTerm;
  private boolean leads;
  private boolean wasRemoved;
  private long knownLeader;
  private long leaderTerm;
  private long missedSinceMillis = PRESENT;

  LeadershipWatch(LeadershipListener listener) {
    this.listener = listener;
  }

  /**
   * @param appliedTerm of the last entry: a leader has applied everything before it once it has
   *     applied the first entry of its own term
   */
  void observe(Replica replica, long appliedTerm) {
    int term = replica.node().state().term();
    MemberEndpoint leader = (MemberEndpoint) replica.node().state().leader();
    lookForLeader(leader == null ? 0 : leader.id(), term, Clock.currentTimeMillis());
    boolean leadsNow = replica.leads() && appliedTerm == term;
    if (leads && (!leadsNow || ledTerm != term)) {
      leads = false;
      LOG.log(Level.DEBUG, "this member leads no more");
      listener.onDeposed();
    }
    if (leadsNow && !leads) {
      leads = true;
      ledTerm = term;
      LOG.log(Level.DEBUG, "this member leads in term {0}", Integer.toString(term));
      listener.onElected(term);
    }
    if (!wasRemoved && replica.wasRemoved()) {
      wasRemoved = true;
      listener.onRemoved();
    }
  }

  /**
   * A leader may be followed by itself, in a later term. That there is none is no news before it
   * has lasted: an ordinary election is over by then, and a learner, whose own group does not have
   * the leader as a member, forgets it now and then until the next heartbeat.
   */
  void lookForLeader(long leaderId, int term, long nowMillis) {
    if (leaderId != 0) {
      missedSinceMillis = PRESENT;
      if (leaderId != knownLeader || leaderTerm != term) {
        knownLeader = leaderId;
        leaderTerm = term;
        listener.onLeaderChange(leaderId, term);
      }
    } else if (knownLeader != 0) {
      if (missedSinceMillis == PRESENT) {
        missedSinceMillis = nowMillis;
      } else if (nowMillis - missedSinceMillis >= LASTING_MILLIS) {
        knownLeader = 0;
        listener.onLeaderChange(0, term);
      }
    }
  }

  void stop() {
    if (leads) {
      leads = false;
      listener.onDeposed();
    }
  }
}
