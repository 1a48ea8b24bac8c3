package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.model.ErrorCode;
import java.lang.System.Logger.Level;

/**
 * Brings each message of another member to whoever it is for: the engine, or what is done beside
 * it. Acknowledgements are the engine's if it knows the member as a voter, otherwise those of the
 * feed.
 *
 * <p>Confined to the engine thread.
 */
final class MessageRouter {
  private static final System.Logger LOG = System.getLogger(MessageRouter.class.getName());

  private final RaftNodeImpl node;
  private final PeerTransport transport;
  private final PendingBatches own;
  private final ReadRounds reads;
  private final SnapshotRequests pull;
  private final Inbound inbound;
  private final LearnerReplication learners;
  private final LeaderAppender work;

  MessageRouter(
      RaftNodeImpl node,
      Replica.Surroundings surroundings,
      LearnerReplication learners,
      LeaderAppender work) {
    this.node = node;
    this.transport = surroundings.ports().transport();
    this.own = surroundings.own();
    this.reads = surroundings.reads();
    this.pull = surroundings.pull();
    this.inbound = new Inbound(node, surroundings.codec(), surroundings.failure());
    this.learners = learners;
    this.work = work;
  }

  /** One that makes no sense is logged and dropped. */
  void route(MemberEndpoint sender, PeerMessage message) {
    try {
      dispatch(sender, message);
    } catch (IllegalArgumentException e) {
      LOG.log(Level.WARNING, "a message of {0} makes no sense: {1}", sender, e.getMessage());
    }
  }

  private boolean leads() {
    return node.state().role() == RaftRole.LEADER && !node.isTerminatedOrSteppedDown();
  }

  private void dispatch(MemberEndpoint sender, PeerMessage message) {
    if (message instanceof PeerMessage.Append append) {
      inbound.append(sender, append);
    } else if (message instanceof PeerMessage.AppendSuccess success) {
      appendSuccess(sender, success);
    } else if (message instanceof PeerMessage.AppendFailure refusal) {
      appendFailure(sender, refusal);
    } else if (message instanceof PeerMessage.SnapshotRequired advice) {
      pullState(sender, advice);
    } else if (message instanceof PeerMessage.PreVoteRequest request) {
      inbound.preVoteRequest(sender, request);
    } else if (message instanceof PeerMessage.PreVoteResponse response) {
      inbound.preVoteResponse(sender, response);
    } else if (message instanceof PeerMessage.VoteRequest request) {
      inbound.voteRequest(sender, request);
    } else if (message instanceof PeerMessage.VoteResponse response) {
      inbound.voteResponse(sender, response);
    } else if (message instanceof PeerMessage.TriggerElection request) {
      inbound.triggerElection(sender, request);
    } else {
      dispatchRequest(sender, message);
    }
  }

  private void dispatchRequest(MemberEndpoint sender, PeerMessage message) {
    if (message instanceof PeerMessage.Forward forward) {
      work.received(sender.id(), forward);
    } else if (message instanceof PeerMessage.ForwardRefused refusal) {
      if (refusal.origin() == own.origin()) {
        own.refused(refusal.sequence(), refusal.reason());
      }
    } else if (message instanceof PeerMessage.ReadIndexRequest request) {
      readIndex(sender, request);
    } else if (message instanceof PeerMessage.ReadIndexResponse response) {
      reads.answered(sender.id(), response);
    } else if (message instanceof PeerMessage.ReadIndexRefused refusal) {
      reads.refused(sender.id(), refusal);
    } else {
      throw new IllegalArgumentException("unknown kind of message: " + message);
    }
  }

  private void readIndex(MemberEndpoint sender, PeerMessage.ReadIndexRequest request) {
    if (leads()) {
      reads.enqueue(sender.id(), request);
    } else {
      boolean unused =
          transport.send(
              sender.id(),
              new PeerMessage.ReadIndexRefused(
                  request.origin(), request.sequence(), ErrorCode.NOT_LEADER));
    }
  }

  private void appendSuccess(MemberEndpoint sender, PeerMessage.AppendSuccess success) {
    if (node.state().isKnownMember(sender)) {
      inbound.appendSuccess(sender, success);
    } else if (leads() && success.term() == node.state().term()) {
      learners.appendSuccess(sender, success);
    }
  }

  private void appendFailure(MemberEndpoint sender, PeerMessage.AppendFailure refusal) {
    if (node.state().isKnownMember(sender)) {
      inbound.appendFailure(sender, refusal);
    } else if (leads() && learners.appendFailure(sender, refusal)) {
      if (refusal.term() > node.state().term()) {
        // Who is fed must be heard, or it would never be fed; who was removed disturbs nobody.
        LOG.log(Level.INFO, "{0} knows of a later term: this member leads no more", sender);
        node.toFollower(refusal.term());
      }
    }
  }

  private void pullState(MemberEndpoint sender, PeerMessage.SnapshotRequired advice) {
    inbound.acknowledge(sender, advice);
    RaftState state = node.state();
    if (advice.term() == state.term() && state.commitIndex() < advice.index()) {
      pull.begin(sender, advice.index());
    }
  }
}
