package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Hands committed entries to the state machine, each once. Confined to the engine thread. */
final class Applier {
  private final StateMachine stateMachine;
  private final WriteAheadLog log;
  private final EntryCodec codec;
  private final FailureLatch failure;
  private long appliedIndex;

  Applier(RaftPorts ports, EntryCodec codec, FailureLatch failure) {
    this.stateMachine = ports.stateMachine();
    this.log = ports.log();
    this.codec = codec;
    this.failure = failure;
  }

  /** The state machine says that it holds everything up to here by itself. */
  void resumeFrom(long index) {
    appliedIndex = index;
  }

  long appliedIndex() {
    return appliedIndex;
  }

  /** Applies an entry that is in the write-ahead log. */
  void replay(WriteAheadLog.Entry entry) {
    List<Command> commands;
    try {
      commands = codec.decode(entry.payload());
    } catch (RuntimeException e) {
      throw recorded(
          new IllegalStateException(
              "the log entry %d of term %d cannot be read: %s"
                  .formatted(entry.index(), entry.term(), e.getMessage()),
              e));
    }
    apply(entry.index(), entry.term(), commands);
  }

  /**
   * Applies an entry of the engine and lets go of its commands and bytes.
   *
   * @throws RuntimeException if that failed; recorded already, and final
   */
  List<Result> apply(long index, int term, LogOperation operation) {
    List<Command> commands = operation.commandsAtHand();
    if (commands == null) {
      commands = load(index, term, operation);
    }
    List<Result> results = apply(index, term, commands);
    operation.release();
    return results;
  }

  private List<Command> load(long index, int term, LogOperation operation) {
    try {
      return codec.decode(operation.payload(index, log));
    } catch (IOException e) {
      failure.record(e);
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      throw recorded(
          new IllegalStateException(
              "the log entry %d of term %d cannot be read: %s"
                  .formatted(index, term, e.getMessage()),
              e));
    }
  }

  private List<Result> apply(long index, int term, List<Command> commands) {
    if (index != appliedIndex + 1) {
      throw recorded(
          new IllegalStateException(
              "entry %d of term %d was to be applied after entry %d"
                  .formatted(index, term, appliedIndex)));
    }
    List<Result> results;
    try {
      results = stateMachine.apply(index, term, commands);
    } catch (RuntimeException | Error e) {
      throw recorded(
          new IllegalStateException(
              "applying entry %d of term %d with %d commands failed: %s"
                  .formatted(index, term, commands.size(), e),
              e));
    }
    if (results.size() != commands.size()) {
      throw recorded(
          new IllegalStateException(
              "applying entry %d of term %d gave %d results for %d commands"
                  .formatted(index, term, results.size(), commands.size())));
    }
    appliedIndex = index;
    return results;
  }

  private IllegalStateException recorded(IllegalStateException bug) {
    failure.record(bug);
    return bug;
  }
}
