package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Proposes what only the leader may say: that a lease has run out, or what is left of it. That this
 * member leads is confirmed first, and that it still does is asked after that, so that hardly
 * anything is proposed in vain by a leader that has been deposed without knowing. What is, nobody
 * minds: such commands name the term in which they count. Thread-safe.
 */
public final class ConfirmedProposals {
  private final Supplier<Consensus> consensus;

  /**
   * @param consensus made after this, and there before the first proposal
   */
  public ConfirmedProposals(Supplier<Consensus> consensus) {
    this.consensus = consensus;
  }

  /** Fails with NOT_LEADER if this member does not lead, and as {@link Consensus#propose} does. */
  public CompletableFuture<Result> propose(Command command) {
    Consensus proposer = consensus.get();
    return proposer
        .readIndex()
        .thenCompose(
            confirmed ->
                proposer.status().isLeader()
                    ? proposer.propose(command)
                    : CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER)));
  }
}
