package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.RaftRole;
import com.hazelcast.cp.internal.raft.impl.state.FollowerState;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the leader does with batches, its own and those of others: one entry for all that wait, as
 * soon as there is somebody to send it to. While the last one is on its way to everybody, the next
 * gathers.
 *
 * <p>Confined to the engine thread.
 */
final class LeaderAppender {
  /** Stands for any operation that changes no group. */
  private static final Object ANY_OPERATION = new Object();

  private final RaftNodeImpl node;
  private final RaftSettings settings;
  private final EntryCodec codec;
  private final PendingBatches own;
  private final ForwardedProposals forwarded;
  private final PeerTransport transport;
  private final FailureLatch failure;
  private final UncommittedBytes uncommitted = new UncommittedBytes();

  LeaderAppender(
      RaftNodeImpl node,
      RaftSettings settings,
      EntryCodec codec,
      PendingBatches own,
      PeerTransport transport,
      FailureLatch failure) {
    this.node = node;
    this.settings = settings;
    this.codec = codec;
    this.own = own;
    this.transport = transport;
    this.forwarded = new ForwardedProposals(settings, transport);
    this.failure = failure;
  }

  /** A batch of another member; one who does not lead its term has no use for it. */
  void received(long senderId, PeerMessage.Forward forward) {
    RaftState state = node.state();
    if (state.role() == RaftRole.LEADER) {
      forwarded.beginTerm(state.term());
      forwarded.receive(senderId, forward);
    }
  }

  /**
   * @return whether there was anything to replicate
   */
  boolean replicateNext() {
    RaftState state = node.state();
    forwarded.beginTerm(state.term());
    if ((!own.hasNext() && forwarded.isEmpty()) || !canReplicate()) {
      return false;
    }
    List<EntryPart> parts = new ArrayList<>(1);
    Batch batch = own.next();
    if (batch != null) {
      parts.add(EntryPart.of(own.origin(), batch, codec.commands()));
      own.given(batch, state.term());
    }
    addForwarded(parts);
    if (parts.isEmpty()) {
      return false;
    }
    replicate(parts, batch);
    return true;
  }

  private void addForwarded(List<EntryPart> parts) {
    long room = settings.maxBatchBytes();
    boolean isAlone = true;
    EntryPart part = forwarded.next(room, isAlone);
    while (part != null) {
      parts.add(part);
      room -= part.encoded().length;
      isAlone = false;
      part = forwarded.next(room, isAlone);
    }
  }

  /** Whether an entry would be taken, and sent to somebody at once. */
  boolean canReplicate() {
    return node.canReplicateNewEntry(ANY_OPERATION)
        && uncommitted.bytes(node.state()) <= 2 * settings.maxPendingBytes()
        && (GroupOfOne.is(node) || someoneIsReady(node.state()));
  }

  /** Who cannot be reached is always ready: nothing is ever on its way to it. */
  private boolean someoneIsReady(RaftState state) {
    for (Map.Entry<RaftEndpoint, FollowerState> follower :
        state.leaderState().getFollowerStates().entrySet()) {
      if (!follower.getValue().isAppendRequestBackoffSet()
          && transport.isReachable(((MemberEndpoint) follower.getKey()).id())) {
        return true;
      }
    }
    return false;
  }

  @SuppressWarnings("unchecked") // The engine's futures are raw; ours gives the index.
  private void replicate(List<EntryPart> parts, @Nullable Batch batch) {
    byte[] payload = codec.encode(node.state().commitIndex(), parts);
    long lastIndex = node.state().log().lastLogOrSnapshotIndex();
    HazelcastFuture<Object> replicated =
        (HazelcastFuture<Object>) node.replicate(LogOperation.made(parts, payload));
    if (node.state().log().lastLogOrSnapshotIndex() > lastIndex) {
      uncommitted.add(node.state(), lastIndex + 1, payload.length);
    }
    replicated.whenComplete((index, refusal) -> end(batch, refusal));
  }

  /** The results come with the entry; here is only why there will be none, or perhaps none. */
  private void end(@Nullable Batch batch, @Nullable Throwable refusal) {
    if (refusal == null) {
      return;
    }
    ErrorCode code = HazelcastErrors.codeOf(refusal);
    if (code == null) {
      failure.record(refusal);
    } else if (code != ErrorCode.LEADER_CHANGED && batch != null) {
      own.giveAgain(batch);
    }
  }
}
