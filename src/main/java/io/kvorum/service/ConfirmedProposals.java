package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;

/**
 * Proposes what only the leader may decide: that a lease has expired, or what is left of it.
 * Thread-safe.
 *
 * <p>A read barrier comes first, and leadership is checked after it, so that a leader that was
 * deposed without noticing hardly ever proposes anything. If it does, no harm is done: such
 * commands name the only term in which they take effect.
 *
 * <p>Held by: LessorTest, ClusterSimulation.
 */
public final class ConfirmedProposals {
  private final Consensus consensus;

  public ConfirmedProposals(Consensus consensus) {
    this.consensus = consensus;
  }

  /** Fails with NOT_LEADER if this member is not the leader, and as {@link Consensus#propose}. */
  public CompletableFuture<Result> propose(Command command) {
    return consensus
        .readIndex()
        .thenCompose(
            confirmed ->
                consensus.status().isLeader()
                    ? consensus.propose(command)
                    : CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER)));
  }
}
