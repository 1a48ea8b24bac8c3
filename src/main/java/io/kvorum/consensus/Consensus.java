package io.kvorum.consensus;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;

/**
 * Replicates commands: puts them in one order, on the disks of a quorum, and has them applied in
 * that order.
 *
 * <p>All methods may be called from any thread and never block. Futures are completed on the Raft
 * thread: their dependents must be short and must not block.
 */
public interface Consensus extends AutoCloseable {

  /**
   * Proposes a command. The future gives what applying it returned, once the command is on the
   * disks of a quorum and applied here.
   *
   * <p>A follower forwards to the leader; while there is no leader, the command waits for one.
   *
   * <p>It fails with {@link io.kvorum.model.RequestException}: TOO_MANY_REQUESTS, NO_LEADER and
   * NOT_LEADER mean that the command was not and will not be executed; TIMEOUT, LEADER_CHANGED and
   * STOPPED leave that open. No command is executed twice.
   */
  CompletableFuture<Result> propose(Command command);

  /**
   * The read barrier: completes once every write that was acknowledged by any member before this
   * call is visible to local reads. Already complete where that is known at once.
   */
  CompletableFuture<Void> readIndex();

  /**
   * Transfers leadership to another voter; completes when this member knows it as the leader.
   *
   * <p>Fails with NOT_LEADER if this member is not the leader, BAD_LEADER_TRANSFEREE if the other
   * one is not a voter, TIMEOUT_LEADER_TRANSFER if it did not take over.
   */
  CompletableFuture<Void> transferLeadership(long memberId);

  /** Whether the member has nearly all of the log; false unless this member is the leader. */
  boolean isInSync(long memberId);

  /**
   * Whether the member is a voter, as far as this member knows. One that was removed from the list
   * of members remains a voter until the group has followed: its messages must be accepted until
   * then, since it may be needed for a majority, or be the leader.
   */
  boolean isVoter(long memberId);

  /** Where consensus stands, as of the last step; cheap enough for each request. */
  ConsensusStatus status();

  /** Begins to recover from the log, to replay what the state has missed, and to serve. */
  void start();

  /** Stops; proposals in flight fail with STOPPED. */
  @Override
  void close();
}
