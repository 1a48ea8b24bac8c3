package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.dto.TriggerLeaderElection;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.state.FollowerState;
import com.hazelcast.cp.internal.raft.impl.state.LeadershipTransferState;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Leadership on its way to another voter. From the moment it is wanted on, the log takes nothing
 * new: what is proposed waits, and goes to the next leader. In the round in which everything is
 * committed, and the successor known to have it, the successor is asked to stand for election.
 *
 * <pre>
 *   wanted ── all is committed, and there ── asked to stand ── its request for a vote: follower
 *     └─ one election timeout: given up          └─ one election timeout: given up
 * </pre>
 *
 * <p>The engine keeps the wish, and ends it with the term. Its own task for this is not used: it
 * looks whether all is committed at the beginning, which under load it is not, and again 400 to 800
 * ms later. Confined to the engine thread.
 */
final class LeadershipTransfer {
  private static final System.Logger LOG = System.getLogger(LeadershipTransfer.class.getName());

  private final RaftNodeImpl node;
  private final PeerTransport transport;
  private final LoopRunner runner;
  private final long electionNanos;
  private final long askAgainNanos;

  /** Null if whoever is fit for it may lead. */
  private @Nullable MemberEndpoint wanted;

  /** Who has been asked; null before that. */
  private @Nullable MemberEndpoint asked;

  private long askedNanos;
  private long deadlineNanos;

  LeadershipTransfer(
      RaftNodeImpl node, PeerTransport transport, LoopRunner runner, RaftSettings settings) {
    this.node = node;
    this.transport = transport;
    this.runner = runner;
    this.electionNanos = TimeUnit.MILLISECONDS.toNanos(settings.electionTimeoutMillis());
    this.askAgainNanos = TimeUnit.MILLISECONDS.toNanos(2 * settings.heartbeatMillis());
  }

  /** Ends with what {@link io.kvorum.consensus.Consensus#transferLeadership} says. */
  void to(MemberEndpoint successor, CompletableFuture<Void> outcome) {
    if (!leads()) {
      outcome.completeExceptionally(new RequestException(ErrorCode.NOT_LEADER));
    } else if (!node.getCommittedMembers().contains(successor)) {
      outcome.completeExceptionally(new RequestException(ErrorCode.BAD_LEADER_TRANSFEREE));
    } else if (successor.equals(node.getLocalMember())) {
      outcome.complete(null);
    } else if (begin(successor, outcome)) {
      wanted = successor;
    }
  }

  /** To whoever is fit for it, if this member leads and anybody is. */
  void toTheBest(CompletableFuture<Void> outcome) {
    LeadershipTransferState underWay = node.state().leadershipTransferState();
    MemberEndpoint successor = underWay == null ? best() : (MemberEndpoint) underWay.endpoint();
    if (successor == null) {
      outcome.complete(null);
    } else {
      boolean unused = begin(successor, outcome);
    }
  }

  /**
   * @return false if leadership is on its way to yet another member; the outcome says so
   */
  private boolean begin(MemberEndpoint successor, CompletableFuture<Void> outcome) {
    HazelcastFuture<Object> transferred = new HazelcastFuture<>();
    RaftState state = node.state();
    LeadershipTransferState underWay = state.leadershipTransferState();
    if (state.initLeadershipTransfer(successor, transferred)) {
      wanted = null;
      asked = null;
      deadlineNanos = runner.nanoTime() + electionNanos;
    }
    transferred.whenComplete(
        (nothing, refusal) -> {
          if (refusal == null) {
            outcome.complete(null);
          } else {
            LOG.log(Level.WARNING, "leadership was not handed over: {0}", refusal.getMessage());
            outcome.completeExceptionally(new RequestException(ErrorCode.TIMEOUT));
          }
        });
    return underWay == null || underWay.endpoint().equals(successor);
  }

  /** To be called in each round in which this member leads, after what it brought is committed. */
  void advance() {
    RaftState state = node.state();
    if (state.leadershipTransferState() == null) {
      return;
    }
    long now = runner.nanoTime();
    if (now - deadlineNanos >= 0) {
      state.completeLeadershipTransfer(new IllegalStateException(whatIsMissing()));
    } else if (asked == null || now - askedNanos >= askAgainNanos) {
      MemberEndpoint successor = successor();
      if (successor != null && isLevel(successor)) {
        ask(successor, now);
      }
    }
  }

  private String whatIsMissing() {
    if (asked != null) {
      return asked + " was asked to stand for election, and has not won one";
    }
    RaftState state = node.state();
    return "of %d entries %d are committed, and %s has not got them all"
        .formatted(
            state.log().lastLogOrSnapshotIndex(),
            state.commitIndex(),
            wanted == null ? "the best of the others" : wanted);
  }

  /** Who was asked is asked again, as long as it is there: two at a time would divide the votes. */
  private @Nullable MemberEndpoint successor() {
    if (wanted != null) {
      return wanted;
    }
    return asked != null && transport.isReachable(asked.id()) ? asked : best();
  }

  /** Whether there is nothing that it lacks, or that is not decided. */
  private boolean isLevel(MemberEndpoint successor) {
    RaftState state = node.state();
    long last = state.log().lastLogOrSnapshotIndex();
    FollowerState follower = state.leaderState().getFollowerStates().get(successor);
    return node.getStatus() == RaftNodeStatus.ACTIVE
        && state.commitIndex() == last
        && follower != null
        && follower.matchIndex() == last;
  }

  private void ask(MemberEndpoint successor, long now) {
    if (!successor.equals(asked)) {
      LOG.log(Level.INFO, "{0} is asked to lead after this member", successor);
      asked = successor;
      deadlineNanos = now + electionNanos;
    }
    askedNanos = now;
    LogEntry last = node.state().log().lastLogOrSnapshotEntry();
    node.send(
        new TriggerLeaderElection(
            node.getLocalMember(), node.state().term(), last.term(), last.index()),
        successor);
  }

  private boolean leads() {
    return node.state().leaderState() != null && !node.isTerminatedOrSteppedDown();
  }

  /** The other voter that can be reached and has most of the log; null if there is none. */
  @Nullable MemberEndpoint best() {
    if (!leads()) {
      return null;
    }
    RaftState state = node.state();
    MemberEndpoint best = null;
    long bestMatch = -1;
    for (RaftEndpoint voter : state.remoteMembers()) {
      MemberEndpoint member = (MemberEndpoint) voter;
      long match = state.leaderState().getFollowerState(member).matchIndex();
      if (match > bestMatch && transport.isReachable(member.id())) {
        best = member;
        bestMatch = match;
      }
    }
    return best;
  }
}
