package io.kvorum.consensus;

import io.kvorum.model.ErrorCode;
import java.util.List;

/**
 * Messages between members: those of Raft, forwarded proposals, and the read index protocol. The
 * sender is known from the transport. Dispatch with {@link Visitor}, so that a new kind of message
 * does not compile until it is handled everywhere.
 *
 * <p>Any message may be lost; the protocols repeat what matters. Immutable, except that the arrays
 * of payloads are shared and must not be changed.
 */
public sealed interface PeerMessage {

  <R> R accept(Visitor<R> visitor);

  /** Handles each kind of message. */
  interface Visitor<R> {
    R preVoteRequest(PreVoteRequest request);

    R preVoteResponse(PreVoteResponse response);

    R voteRequest(VoteRequest request);

    R voteResponse(VoteResponse response);

    R append(Append append);

    R appendSuccess(AppendSuccess success);

    R appendFailure(AppendFailure failure);

    R snapshotRequired(SnapshotRequired required);

    R triggerElection(TriggerElection trigger);

    R forward(Forward forward);

    R forwardRefused(ForwardRefused refused);

    R readIndexRequest(ReadIndexRequest request);

    R readIndexResponse(ReadIndexResponse response);

    R readIndexRefused(ReadIndexRefused refused);
  }

  /** Asks whether the receiver would grant a vote in {@code nextTerm}. */
  record PreVoteRequest(int nextTerm, int lastLogTerm, long lastLogIndex) implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.preVoteRequest(this);
    }
  }

  record PreVoteResponse(int term, boolean isGranted) implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.preVoteResponse(this);
    }
  }

  /**
   * @param isDisruptive true if the leader itself asked for this election
   */
  record VoteRequest(int term, int lastLogTerm, long lastLogIndex, boolean isDisruptive)
      implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.voteRequest(this);
    }
  }

  record VoteResponse(int term, boolean isGranted) implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.voteResponse(this);
    }
  }

  /**
   * Carries the entries that follow the previous one; without entries, a heartbeat or a probe.
   *
   * @param queryRound the round of reads that an answer confirms
   * @param flowSequence returned with the answer
   */
  record Append(
      int term,
      int previousTerm,
      long previousIndex,
      long committedIndex,
      List<WriteAheadLog.Entry> entries,
      long queryRound,
      long flowSequence)
      implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.append(this);
    }
  }

  /** Acknowledges that the follower has flushed everything up to {@code lastIndex}. */
  record AppendSuccess(int term, long lastIndex, long queryRound, long flowSequence)
      implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.appendSuccess(this);
    }
  }

  /**
   * Rejects entries: the one before {@code expectedNextIndex} is missing in the follower's log, or
   * is a different one.
   *
   * @param lastIndex the last entry in the follower's log
   */
  record AppendFailure(int term, long expectedNextIndex, long lastIndex, long flowSequence)
      implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.appendFailure(this);
    }
  }

  /**
   * Tells a follower to fetch a snapshot, since the leader's log no longer reaches back to the
   * entry that it needs next.
   *
   * @param index the least index that the snapshot must have
   */
  record SnapshotRequired(int term, long index, long queryRound, long flowSequence)
      implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.snapshotRequired(this);
    }
  }

  /** Asks the receiver to start an election at once if its log reaches up to that entry. */
  record TriggerElection(int term, int lastLogTerm, long lastLogIndex) implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.triggerElection(this);
    }
  }

  /**
   * Hands a batch of proposals to the leader.
   *
   * @param term the only term in which they may be appended to the log
   * @param origin the process life of the member that made them
   * @param sequence the number of the batch within that life
   * @param count the number of commands
   * @param commands encoded
   */
  record Forward(int term, long origin, long sequence, int count, byte[] commands)
      implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.forward(this);
    }
  }

  /** Rejects a forwarded batch: it was not appended in its term, and never will be. */
  record ForwardRefused(long origin, long sequence, ErrorCode reason) implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.forwardRefused(this);
    }
  }

  /** Asks the leader for the index that a linearizable read must wait for. */
  record ReadIndexRequest(long origin, long sequence) implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.readIndexRequest(this);
    }
  }

  record ReadIndexResponse(long origin, long sequence, long index) implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.readIndexResponse(this);
    }
  }

  record ReadIndexRefused(long origin, long sequence, ErrorCode reason) implements PeerMessage {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.readIndexRefused(this);
    }
  }
}
