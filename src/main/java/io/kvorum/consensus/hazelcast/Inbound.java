package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.dto.AppendFailureResponse;
import com.hazelcast.cp.internal.raft.impl.dto.AppendRequest;
import com.hazelcast.cp.internal.raft.impl.dto.AppendSuccessResponse;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteResponse;
import com.hazelcast.cp.internal.raft.impl.dto.TriggerLeaderElection;
import com.hazelcast.cp.internal.raft.impl.dto.VoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.VoteResponse;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.RaftLog;
import com.hazelcast.cp.internal.raft.impl.state.FollowerState;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.List;

/**
 * Raft's messages from other members, in the engine's form, and kept from what the engine takes
 * amiss:
 *
 * <ul>
 *   <li>Answers to what was sent in an earlier term are dropped: the engine would count them as
 *       acknowledgements of this term's log.
 *   <li>Entries that are committed here already are taken off an append, since the engine may not
 *       have them at hand any more to compare. Where the two logs meet, they must agree: a leader
 *       that has something else there leads another cluster by now, and this member stops.
 *   <li>A member that does not know of itself that it votes hears of no votes: it would count them
 *       by the majority of a group that it is not in.
 *   <li>A refused pre-vote tells of later terms.
 * </ul>
 *
 * <p>Confined to the engine thread.
 */
final class Inbound {
  private final RaftNodeImpl node;
  private final EntryCodec codec;
  private final FailureLatch failure;
  private final AppendAfterSnapshot edge;

  Inbound(RaftNodeImpl node, EntryCodec codec, FailureLatch failure) {
    this.node = node;
    this.codec = codec;
    this.failure = failure;
    this.edge = new AppendAfterSnapshot(node);
  }

  void preVoteRequest(MemberEndpoint sender, PeerMessage.PreVoteRequest request) {
    node.handlePreVoteRequest(
        new PreVoteRequest(
            sender, request.nextTerm(), request.lastLogTerm(), request.lastLogIndex()));
  }

  /**
   * A refusal from a later term is taken up here: the engine goes on asking for its own next term,
   * and a member with the better log but an older term would never be heard.
   */
  void preVoteResponse(MemberEndpoint sender, PeerMessage.PreVoteResponse response) {
    if (!mayStand()) {
      return;
    }
    RaftState state = node.state();
    // One that is refused for its log hears the term that it has asked for, which is the next one.
    boolean isOutdated = !response.isGranted() && response.term() > state.term() + 1;
    if (isOutdated && state.preCandidateState() != null) {
      node.toFollower(response.term());
    } else {
      node.handlePreVoteResponse(
          new PreVoteResponse(sender, response.term(), response.isGranted()));
    }
  }

  void voteRequest(MemberEndpoint sender, PeerMessage.VoteRequest request) {
    node.handleVoteRequest(
        new VoteRequest(
            sender,
            request.term(),
            request.lastLogTerm(),
            request.lastLogIndex(),
            request.isDisruptive()));
  }

  void voteResponse(MemberEndpoint sender, PeerMessage.VoteResponse response) {
    if (mayStand()) {
      node.handleVoteResponse(new VoteResponse(sender, response.term(), response.isGranted()));
    }
  }

  void triggerElection(MemberEndpoint sender, PeerMessage.TriggerElection request) {
    if (mayStand()) {
      node.handleTriggerLeaderElection(
          new TriggerLeaderElection(
              sender, request.term(), request.lastLogTerm(), request.lastLogIndex()));
    }
  }

  private boolean mayStand() {
    return node.state().isKnownMember(node.getLocalMember());
  }

  /**
   * @throws IllegalArgumentException if an entry has no form that is known here
   */
  void append(MemberEndpoint sender, PeerMessage.Append append) {
    RaftState state = node.state();
    long committed = state.commitIndex();
    List<WriteAheadLog.Entry> entries = append.entries();
    long previousIndex = append.previousIndex();
    int previousTerm = append.previousTerm();
    if (previousIndex <= committed && append.term() >= state.term()) {
      int known = (int) Math.min(entries.size(), committed - previousIndex);
      int knownTerm = known == 0 ? previousTerm : entries.get(known - 1).term();
      if (!agrees(sender, append.term(), previousIndex + known, knownTerm)) {
        return;
      }
      if (previousIndex < committed) {
        entries = entries.subList(known, entries.size());
        previousIndex = committed;
        previousTerm = termOfCommitted(state, committed);
      }
    }
    LogEntry[] forEngine = new LogEntry[entries.size()];
    for (int i = 0; i < forEngine.length; i++) {
      WriteAheadLog.Entry entry = entries.get(i);
      forEngine[i] = new LogEntry(entry.term(), entry.index(), operationOf(entry.payload()));
    }
    edge.handle(
        new AppendRequest(
            sender,
            append.term(),
            previousTerm,
            previousIndex,
            append.committedIndex(),
            forEngine,
            append.queryRound(),
            append.flowSequence()));
  }

  /**
   * Whether the leader has, at an index that is committed here, what this member has; true if the
   * engine does not know any more.
   */
  private boolean agrees(MemberEndpoint leader, int leaderTerm, long index, int term) {
    if (index == 0) {
      return true;
    }
    RaftLog log = node.state().log();
    LogEntry entry = index == log.snapshotIndex() ? log.snapshot() : log.getLogEntry(index);
    if (entry == null || entry.term() == term) {
      return true;
    }
    failure.record(
        new IOException(
            ("entry %d is committed here with term %d, but member %s, which leads term %d, has it"
                    + " with term %d: the members hold different histories")
                .formatted(index, entry.term(), leader, leaderTerm, term)));
    return false;
  }

  private Object operationOf(byte[] payload) {
    return codec.isGroup(payload)
        ? codec.decodeGroup(payload).toCommand()
        : LogOperation.received(payload);
  }

  private static int termOfCommitted(RaftState state, long committed) {
    RaftLog log = state.log();
    LogEntry entry = log.getLogEntry(committed);
    return entry == null ? log.snapshot().term() : entry.term();
  }

  /** Tells the leader that this member follows it, whatever entries it has or lacks. */
  void acknowledge(MemberEndpoint sender, PeerMessage.SnapshotRequired advice) {
    append(
        sender,
        new PeerMessage.Append(
            advice.term(), 0, 0, 0, List.of(), advice.queryRound(), advice.flowSequence()));
  }

  void appendSuccess(MemberEndpoint sender, PeerMessage.AppendSuccess success) {
    if (success.term() == node.state().term()) {
      node.handleAppendResponse(
          new AppendSuccessResponse(
              sender,
              success.term(),
              success.lastIndex(),
              success.queryRound(),
              success.flowSequence()));
    }
  }

  /** The engine goes back entry by entry; what the follower has lets it go there at once. */
  void appendFailure(MemberEndpoint sender, PeerMessage.AppendFailure refusal) {
    RaftState state = node.state();
    if (refusal.term() < state.term()) {
      return;
    }
    long expectedNext = refusal.expectedNextIndex();
    if (state.leaderState() != null && state.isKnownMember(sender)) {
      FollowerState follower = state.leaderState().getFollowerState(sender);
      long next = refusal.lastIndex() + 1;
      if (expectedNext == follower.nextIndex()
          && next < expectedNext - 1
          && next > follower.matchIndex()) {
        expectedNext = next + 1;
        follower.nextIndex(expectedNext);
      }
    }
    node.handleAppendResponse(
        new AppendFailureResponse(sender, refusal.term(), expectedNext, refusal.flowSequence()));
  }
}
