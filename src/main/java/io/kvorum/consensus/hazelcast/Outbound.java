package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.dto.AppendFailureResponse;
import com.hazelcast.cp.internal.raft.impl.dto.AppendRequest;
import com.hazelcast.cp.internal.raft.impl.dto.AppendSuccessResponse;
import com.hazelcast.cp.internal.raft.impl.dto.InstallSnapshot;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteResponse;
import com.hazelcast.cp.internal.raft.impl.dto.TriggerLeaderElection;
import com.hazelcast.cp.internal.raft.impl.dto.VoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.VoteResponse;
import com.hazelcast.cp.internal.raft.impl.state.FollowerState;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The engine's messages on their way to other members, in our form.
 *
 * <p>Confined to the engine thread.
 */
final class Outbound {
  private final PeerTransport transport;
  private final RaftNodeImpl node;
  private final AppendBuilder feed;
  private final FailureLatch failure;

  /** Who has everything, but has not heard the latest. */
  private final Set<MemberEndpoint> toBeTold = new LinkedHashSet<>();

  private boolean isTelling;

  Outbound(PeerTransport transport, RaftNodeImpl node, AppendBuilder feed, FailureLatch failure) {
    this.transport = transport;
    this.node = node;
    this.feed = feed;
    this.failure = failure;
  }

  boolean send(PreVoteRequest request, MemberEndpoint target) {
    return mayStand()
        && send(
            target,
            new PeerMessage.PreVoteRequest(
                request.nextTerm(), request.lastLogTerm(), request.lastLogIndex()));
  }

  boolean send(PreVoteResponse response, MemberEndpoint target) {
    return send(target, new PeerMessage.PreVoteResponse(response.term(), response.granted()));
  }

  boolean send(VoteRequest request, MemberEndpoint target) {
    return mayStand()
        && send(
            target,
            new PeerMessage.VoteRequest(
                request.term(),
                request.lastLogTerm(),
                request.lastLogIndex(),
                request.isDisruptive()));
  }

  boolean send(VoteResponse response, MemberEndpoint target) {
    return send(target, new PeerMessage.VoteResponse(response.term(), response.granted()));
  }

  /**
   * Fewer entries than the engine means to send do no harm: it goes on from what is confirmed.
   *
   * <p>To a member that has everything there is only news to tell: what is committed, and the round
   * of reads. That waits until the end of the engine's round, since entries often follow at once,
   * and carry the news with them.
   */
  boolean send(AppendRequest request, MemberEndpoint target) {
    if (request.entryCount() == 0 && !isTelling && hasEverything(request, target)) {
      toBeTold.add(target);
      return true;
    }
    toBeTold.remove(target);
    long next = request.prevLogIndex() + 1;
    return sendEntries(
        target,
        next,
        request.prevLogIndex() + request.entryCount(),
        request.queryRound(),
        request.flowControlSequenceNumber());
  }

  private boolean hasEverything(AppendRequest request, MemberEndpoint target) {
    long matchIndex = node.state().leaderState().getFollowerState(target).matchIndex();
    return matchIndex > 0 && matchIndex == request.prevLogIndex();
  }

  /** Sends the news that no entries have carried. At the end of each round. */
  void tellNews() {
    if (toBeTold.isEmpty()) {
      return;
    }
    List<MemberEndpoint> members = List.copyOf(toBeTold);
    toBeTold.clear();
    if (node.state().leaderState() == null) {
      return;
    }
    isTelling = true;
    for (MemberEndpoint member : members) {
      if (node.state().leaderState().getFollowerStates().containsKey(member)) {
        node.sendAppendRequest(member);
      }
    }
    isTelling = false;
  }

  boolean send(AppendSuccessResponse response, MemberEndpoint target) {
    return send(
        target,
        new PeerMessage.AppendSuccess(
            response.term(),
            response.lastLogIndex(),
            response.queryRound(),
            response.flowControlSequenceNumber()));
  }

  boolean send(AppendFailureResponse response, MemberEndpoint target) {
    return send(
        target,
        new PeerMessage.AppendFailure(
            response.term(),
            response.expectedNextIndex(),
            node.state().log().lastLogOrSnapshotIndex(),
            response.flowControlSequenceNumber()));
  }

  /**
   * The engine has let go of the entries that the member needs next; the log may still have them.
   * As long as nobody knows where the two logs part, one asks without entries.
   */
  boolean send(InstallSnapshot request, MemberEndpoint target) {
    FollowerState follower = node.state().leaderState().getFollowerState(target);
    long next = follower.nextIndex();
    boolean isProbe = follower.matchIndex() == 0 && next > 1;
    return sendEntries(
        target,
        next,
        isProbe ? next - 1 : node.state().commitIndex(),
        request.queryRound(),
        request.flowControlSequenceNumber());
  }

  boolean send(TriggerLeaderElection request, MemberEndpoint target) {
    return send(
        target,
        new PeerMessage.TriggerElection(
            request.term(), request.lastLogTerm(), request.lastLogIndex()));
  }

  /** Entries for a member that the engine does not know, or not yet. */
  boolean sendEntries(
      MemberEndpoint target, long next, long last, long queryRound, long flowSequence) {
    try {
      return send(target, feed.from(next, last, queryRound, flowSequence));
    } catch (IOException e) {
      failure.record(e);
      return false;
    }
  }

  private boolean send(MemberEndpoint target, PeerMessage message) {
    return transport.send(target.id(), message);
  }

  /**
   * A member that does not know of itself that it votes must not stand for election: it counts the
   * majority of a group that it is not in.
   */
  private boolean mayStand() {
    return node.state().isKnownMember(node.getLocalMember());
  }
}
