package io.kvorum.consensus.hazelcast;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;

/** A command that was proposed here, and the future that its proposer holds, in one object. */
final class Proposal extends CompletableFuture<Result> {
  private final Command command;
  private final int sizeBytes;
  private final long madeNanos;

  /**
   * @param madeNanos on the runner's clock
   */
  Proposal(Command command, int sizeBytes, long madeNanos) {
    this.command = command;
    this.sizeBytes = sizeBytes;
    this.madeNanos = madeNanos;
  }

  Command command() {
    return command;
  }

  int sizeBytes() {
    return sizeBytes;
  }

  long madeNanos() {
    return madeNanos;
  }
}
