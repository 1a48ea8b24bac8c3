package io.kvorum.consensus;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;

/**
 * Puts commands in one order, on disk, on a quorum, and has them applied in that order.
 *
 * <p>All methods may be called from any thread and never block. Futures are completed on the engine
 * thread: what hangs on them must be short and must not block.
 */
public interface Consensus extends AutoCloseable {

  /**
   * Proposes a command. The future gives what applying it returned, after the command is on disk on
   * a quorum and applied here.
   *
   * <p>A member that does not lead forwards to the leader; while there is none, the command waits
   * for one.
   *
   * <p>It fails with {@link io.kvorum.model.RequestException}: TOO_MANY_REQUESTS, NO_LEADER and
   * NOT_LEADER mean that nothing happened; TIMEOUT, LEADER_CHANGED and STOPPED leave open whether
   * it did or will. Nothing is ever proposed twice.
   */
  CompletableFuture<Result> propose(Command command);

  /**
   * The read barrier: completes once every write that was acknowledged anywhere before this call is
   * visible to local reads. Already complete where that is known at once.
   */
  CompletableFuture<Void> readIndex();

  /**
   * Hands leadership to another voter; completes when this member follows it.
   *
   * <p>Fails with NOT_LEADER if this member does not lead, BAD_LEADER_TRANSFEREE if the other one
   * is no voter, TIMEOUT if it did not take over.
   */
  CompletableFuture<Void> transferLeadership(long memberId);

  /** Whether the member has nearly all of the log; false unless this member leads. Any thread. */
  boolean isInSync(long memberId);

  /**
   * Whether the member has a say, as far as is known here. One that was removed from the list of
   * members still has until the group has followed: it must be heard until then, since it may be
   * needed for a majority, or lead. Any thread.
   */
  boolean isVoter(long memberId);

  /** Where consensus stands; a snapshot, cheap enough to be asked for on each request. */
  ConsensusStatus status();

  /** Recovers from the log, replays what the state has missed, and begins to serve. */
  void start();

  /** Stops the engine; proposals in flight fail with STOPPED. */
  @Override
  void close();
}
