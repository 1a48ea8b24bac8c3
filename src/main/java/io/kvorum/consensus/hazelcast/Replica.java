package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftNodeStatus;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.state.FollowerState;
import com.hazelcast.cp.internal.raft.impl.state.LeaderState;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The engine among the other members, from a recovery of the log to the next: what it is told, what
 * it is given to do, and what is done for it that it does not do itself.
 *
 * <p>Confined to the engine thread.
 */
final class Replica {
  /** What all replicas of one life share. */
  record Surroundings(
      RaftSettings settings,
      RaftPorts ports,
      LoopRunner runner,
      FailureLatch failure,
      EntryCodec codec,
      RaftLogStore store,
      PendingBatches own,
      ReadRounds reads,
      SnapshotRequests pull) {}

  private final RaftNodeImpl node;
  private final FailureLatch failure;
  private final ReadRounds reads;
  private final RaftLogStore store;
  private final Outbound outbound;
  private final LearnerReplication learners;
  private final LeadershipTransfer transfer;
  private final VoterReconfiguration keeper;
  private final ElectionClock elections;
  private final LeaderAppender work;
  private final Forwarding forwarding;
  private final MessageRouter router;

  Replica(RaftNodeImpl node, HazelcastIntegration integration, Surroundings surroundings) {
    this.node = node;
    this.failure = surroundings.failure();
    RaftSettings settings = surroundings.settings();
    RaftPorts ports = surroundings.ports();
    PeerTransport transport = ports.transport();
    PendingBatches own = surroundings.own();
    this.reads = surroundings.reads();
    this.store = surroundings.store();
    EntryCodec codec = surroundings.codec();
    LoopRunner runner = surroundings.runner();
    AppendBuilder feed = new AppendBuilder(node, ports.log(), store, codec);
    this.outbound = new Outbound(transport, node, feed, failure);
    integration.sendThrough(outbound);
    this.learners =
        new LearnerReplication(node, outbound, runner, settings.heartbeatMillis() * 1_000_000);
    this.transfer = new LeadershipTransfer(node, transport, runner, settings);
    this.keeper = new VoterReconfiguration(node, ports.membership(), learners, transfer, failure);
    this.elections = new ElectionClock(node, transport, runner, settings);
    this.work = new LeaderAppender(node, settings, codec, own, transport, failure);
    this.forwarding = new Forwarding(own, codec.commands(), transport);
    this.router = new MessageRouter(node, surroundings, learners, work);
  }

  RaftNodeImpl node() {
    return node;
  }

  LeadershipTransfer transfer() {
    return transfer;
  }

  boolean leads() {
    return node.state().role() == RaftRole.LEADER && !node.isTerminatedOrSteppedDown();
  }

  /** Whether an entry that is committed, but not yet here, is not even in the log. */
  boolean lacks(long index, long term) {
    LogEntry entry = node.state().log().getLogEntry(index);
    return !node.isTerminatedOrSteppedDown() && (entry == null || entry.term() != term);
  }

  /** Whether there is anybody to send entries to. */
  boolean hasAudience() {
    return node.state().memberCount() > 1 || !learners.isEmpty();
  }

  private long leaderId() {
    RaftEndpoint leader = node.state().leader();
    return leader == null ? 0 : ((MemberEndpoint) leader).id();
  }

  /**
   * Takes what waits to be given to the leader, this member or another.
   *
   * @return whether there was anything
   */
  boolean step() throws IOException {
    if (node.isTerminatedOrSteppedDown()) {
      return false;
    }
    boolean isAlone = GroupOfOne.is(node);
    if (isAlone) {
      commit(true);
    }
    boolean busy = leads() ? lead(isAlone) : follow();
    if (isAlone && learners.isEmpty()) {
      store.cutIfLarge(RaftLogStore.NEEDED_BY_NOBODY);
    }
    return busy;
  }

  /** False if a batch would have to wait: for a leader, or for the answers of the others. */
  boolean takesBatches() {
    return leads() ? work.canReplicate() : hasOtherLeader() && !forwarding.isHeldUp();
  }

  /** False if a read would have to wait for a leader. */
  boolean takesReads() {
    return leads() || hasOtherLeader();
  }

  private boolean hasOtherLeader() {
    return leaderId() != 0 && !node.isTerminatedOrSteppedDown();
  }

  private boolean lead(boolean isAlone) {
    reads.leaderIs(((MemberEndpoint) node.getLocalMember()).id(), node.state().term());
    boolean busy = work.replicateNext();
    commit(isAlone);
    if (!failure.isSet() && reads.hasNext()) {
      busy = true;
      reads.ask(node);
      commit(isAlone);
    }
    learners.advance();
    transfer.advance();
    outbound.tellNews();
    return busy;
  }

  /** Flushes what was appended, and lets it count; nothing counts after a failure. */
  private void commit(boolean isAlone) {
    if (failure.isSet()) {
      return;
    }
    if (isAlone) {
      GroupOfOne.drive(node);
    } else {
      GroupOfOne.flush(node);
    }
  }

  private boolean follow() {
    long leader = leaderId();
    int term = node.state().term();
    reads.leaderIs(leader, term);
    if (leader == 0) {
      return false;
    }
    boolean busy = forwarding.forwardNext(leader, term);
    if (reads.hasNext()) {
      busy = true;
      reads.ask(leader, term);
    }
    return busy;
  }

  /** A message of another member, whose identity the transport has checked. */
  void received(long senderId, PeerMessage message) {
    if (node.isTerminatedOrSteppedDown()) {
      return;
    }
    router.route(new MemberEndpoint(senderId), message);
    if (leads()) {
      commit(false);
      if (message instanceof PeerMessage.AppendSuccess && !failure.isSet()) {
        // The engine looks at what reads wait for only if the answer brought no new entries.
        node.tryRunQueries();
      }
    }
  }

  void connected(long memberId) {
    if (node.isTerminatedOrSteppedDown()) {
      return;
    }
    MemberEndpoint member = new MemberEndpoint(memberId);
    LeaderState leading = node.state().leaderState();
    if (leading != null) {
      FollowerState follower = leading.getFollowerStates().get(member);
      if (follower != null) {
        follower.resetRequestBackoff();
        node.sendAppendRequest(member);
      }
      learners.connected(member);
      commit(false);
    } else if (memberId == leaderId()) {
      forwarding.repeat(memberId, node.state().term());
    }
  }

  void disconnected(long memberId) {
    reads.disconnected(memberId);
  }

  /** What is done by the clock: several times in a heartbeat interval. */
  void tick() throws IOException {
    if (node.isTerminatedOrSteppedDown()) {
      return;
    }
    elections.tick();
    if (leads()) {
      keeper.tick();
      learners.tick();
      commit(false);
    } else if (leaderId() != 0) {
      forwarding.repeatIfUnsent(leaderId(), node.state().term());
    }
    if (hasAudience()) {
      store.cutIfLarge(leads() ? neededByOthers() : 0);
    }
  }

  private long neededByOthers() {
    return progress().values().stream().mapToLong(Long::longValue).min().orElse(0);
  }

  /** How far the others are, while this member leads. */
  Map<Long, Long> progress() {
    LeaderState leading = node.state().leaderState();
    if (leading == null) {
      return Map.of();
    }
    Map<Long, Long> progress = new HashMap<>();
    leading
        .getFollowerStates()
        .forEach(
            (member, state) -> progress.put(((MemberEndpoint) member).id(), state.matchIndex()));
    learners
        .members()
        .forEach(member -> progress.put(member.id(), Math.max(0, learners.matchIndexOf(member))));
    return progress;
  }

  boolean wasRemoved() {
    return node.getStatus() == RaftNodeStatus.STEPPED_DOWN;
  }

  /** Nothing of this replica happens any more; the engine's timers find it ended. */
  void end() {
    node.forceSetTerminatedStatus();
  }
}
