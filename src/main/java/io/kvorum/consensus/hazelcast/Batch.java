package io.kvorum.consensus.hazelcast;

import io.kvorum.model.Command;
import java.util.ArrayList;
import java.util.List;

/** The proposals that ride in one log entry, in order. Confined to the engine thread. */
final class Batch {
  private final List<Proposal> proposals;
  private final List<Command> commands;
  private long sizeBytes;

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

  long sizeBytes() {
    return sizeBytes;
  }
}
