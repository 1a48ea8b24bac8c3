package io.kvorum.consensus;

import io.kvorum.model.ErrorCode;
import java.util.List;

/**
 * What members tell each other to agree on one order: the messages of Raft, forwarded proposals,
 * and reads that wait for the leader. Who sent a message, the transport says.
 *
 * <p>Any of them may be lost, and nothing breaks. Immutable, but for the payloads of entries, which
 * nobody may change.
 */
public sealed interface PeerMessage {

  /** Would you vote for me in that term? */
  record PreVoteRequest(int nextTerm, int lastLogTerm, long lastLogIndex) implements PeerMessage {}

  record PreVoteResponse(int term, boolean isGranted) implements PeerMessage {}

  /**
   * @param isDisruptive true if the leader itself asked for this election
   */
  record VoteRequest(int term, int lastLogTerm, long lastLogIndex, boolean isDisruptive)
      implements PeerMessage {}

  record VoteResponse(int term, boolean isGranted) implements PeerMessage {}

  /**
   * Entries that follow the previous one; without entries, a heartbeat or a probe.
   *
   * @param queryRound the round of reads that an answer confirms
   * @param flowSequence comes back with the answer
   */
  record Append(
      int term,
      int previousTerm,
      long previousIndex,
      long committedIndex,
      List<WriteAheadLog.Entry> entries,
      long queryRound,
      long flowSequence)
      implements PeerMessage {}

  /** The follower has everything up to that entry on disk. */
  record AppendSuccess(int term, long lastIndex, long queryRound, long flowSequence)
      implements PeerMessage {}

  /**
   * The follower does not have the entry before {@code expectedNextIndex}, or another one.
   *
   * @param lastIndex the last entry that it has
   */
  record AppendFailure(int term, long expectedNextIndex, long lastIndex, long flowSequence)
      implements PeerMessage {}

  /** The log does not reach back far enough: pull the state, of that index or a later one. */
  record SnapshotRequired(int term, long index, long queryRound, long flowSequence)
      implements PeerMessage {}

  /** Whoever has everything up to that entry may stand for election at once. */
  record TriggerElection(int term, int lastLogTerm, long lastLogIndex) implements PeerMessage {}

  /**
   * Proposals for the leader to put into its log.
   *
   * @param term the only one in which they may get into the log
   * @param origin the life of a member that made them
   * @param sequence the number of the batch in that life
   * @param count how many commands it has
   * @param commands encoded
   */
  record Forward(int term, long origin, long sequence, int count, byte[] commands)
      implements PeerMessage {}

  /** A forwarded batch has not got into the log of that term, and will not. */
  record ForwardRefused(long origin, long sequence, ErrorCode reason) implements PeerMessage {}

  /** Which index must be applied for a linearizable read? */
  record ReadIndexRequest(long origin, long sequence) implements PeerMessage {}

  record ReadIndexResponse(long origin, long sequence, long index) implements PeerMessage {}

  record ReadIndexRefused(long origin, long sequence, ErrorCode reason) implements PeerMessage {}
}
