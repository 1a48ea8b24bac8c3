package io.kvorum.sim;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ForwardingConsensus;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;

/** Lets the simulation observe what a member proposes and confirms. */
final class NumberedConsensus extends ForwardingConsensus {

  /** Receives each request, and its answer. */
  interface Listener {
    /** Before the command is proposed. */
    void proposing(Command command);

    void proposed(Command command, CompletableFuture<Result> answer);

    void asked(CompletableFuture<Void> barrier);
  }

  private final Listener listener;

  NumberedConsensus(Consensus consensus, Listener listener) {
    super(consensus);
    this.listener = listener;
  }

  @Override
  public CompletableFuture<Result> propose(Command command) {
    listener.proposing(command);
    CompletableFuture<Result> answer = super.propose(command);
    listener.proposed(command, answer);
    return answer;
  }

  @Override
  public CompletableFuture<Void> readIndex() {
    CompletableFuture<Void> barrier = super.readIndex();
    listener.asked(barrier);
    return barrier;
  }
}
