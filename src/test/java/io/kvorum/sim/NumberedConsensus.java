package io.kvorum.sim;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;

/** Lets the simulation observe what a member proposes and confirms. */
final class NumberedConsensus implements Consensus {

  /** Receives each request, and its answer. */
  interface Listener {
    /** Before the command is proposed. */
    void proposing(Command command);

    void proposed(Command command, CompletableFuture<Result> answer);

    void asked(CompletableFuture<Void> barrier);
  }

  private final Consensus consensus;
  private final Listener listener;

  NumberedConsensus(Consensus consensus, Listener listener) {
    this.consensus = consensus;
    this.listener = listener;
  }

  @Override
  public CompletableFuture<Result> propose(Command command) {
    listener.proposing(command);
    CompletableFuture<Result> answer = consensus.propose(command);
    listener.proposed(command, answer);
    return answer;
  }

  @Override
  public CompletableFuture<Void> readIndex() {
    CompletableFuture<Void> barrier = consensus.readIndex();
    listener.asked(barrier);
    return barrier;
  }

  @Override
  public CompletableFuture<Void> transferLeadership(long memberId) {
    return consensus.transferLeadership(memberId);
  }

  @Override
  public boolean isInSync(long memberId) {
    return consensus.isInSync(memberId);
  }

  @Override
  public boolean isVoter(long memberId) {
    return consensus.isVoter(memberId);
  }

  @Override
  public ConsensusStatus status() {
    return consensus.status();
  }

  @Override
  public void start() {
    consensus.start();
  }

  @Override
  public void close() {
    consensus.close();
  }
}
