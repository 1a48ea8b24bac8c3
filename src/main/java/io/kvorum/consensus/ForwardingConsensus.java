package io.kvorum.consensus;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;

/**
 * Passes every call on to another consensus, for a subclass that looks at some of them. As
 * thread-safe as the one behind it.
 *
 * <p>Held by: TraceExportTest, ClusterSimulation.
 */
public class ForwardingConsensus implements Consensus {
  private final Consensus consensus;

  protected ForwardingConsensus(Consensus consensus) {
    this.consensus = consensus;
  }

  @Override
  public CompletableFuture<Result> propose(Command command) {
    return consensus.propose(command);
  }

  @Override
  public CompletableFuture<Void> readIndex() {
    return consensus.readIndex();
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
