package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.model.Command;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Proposals of this member that travel together, in order. Confined to the engine thread. */
final class Batch {
  private final List<Proposal> proposals;
  private final List<Command> commands;
  private long sizeBytes;
  private long sequence;
  private volatile int term;
  private byte @Nullable [] encoded;

  Batch(int expectedSize) {
    proposals = new ArrayList<>(expectedSize);
    commands = new ArrayList<>(expectedSize);
  }

  void add(Proposal proposal) {
    proposals.add(proposal);
    commands.add(proposal.command());
    sizeBytes += proposal.sizeBytes();
  }

  boolean hasRoomFor(Proposal proposal, RaftSettings settings) {
    return proposals.size() < settings.maxBatchCommands()
        && sizeBytes + proposal.sizeBytes() <= settings.maxBatchBytes();
  }

  List<Proposal> proposals() {
    return proposals;
  }

  List<Command> commands() {
    return commands;
  }

  /** All commands, made into bytes once: the batch may be sent more than once. */
  byte[] encoded(CommandCodec codec) {
    byte[] bytes = encoded;
    if (bytes == null) {
      bytes = codec.encode(commands);
      encoded = bytes;
    }
    return bytes;
  }

  /** The age of the batch is that of its oldest proposal. */
  long madeNanos() {
    return proposals.get(0).madeNanos();
  }

  /** Its number among the batches of this life of the member. */
  void number(long newSequence) {
    sequence = newSequence;
  }

  long sequence() {
    return sequence;
  }

  /** It was given to the leader of that term, here or elsewhere. */
  void givenIn(int newTerm) {
    term = newTerm;
  }

  int term() {
    return term;
  }

  long sizeBytes() {
    return sizeBytes;
  }
}
