package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Hands committed entries to the state machine, each once. Confined to the engine thread. */
final class Applier {

  /** Takes what applying gave. */
  interface Answers {
    /**
     * An entry was applied.
     *
     * @param results one for each command of all parts, in order
     */
    void applied(long term, List<EntryPart> parts, List<Result> results);

    /** The group of voters as of the entry that is applied now. */
    GroupCodec.Group group();
  }

  private final StateMachine stateMachine;
  private final WriteAheadLog log;
  private final EntryCodec codec;
  private final FailureLatch failure;
  private final Answers answers;
  private final RecentOperations recent = new RecentOperations();
  private long appliedIndex;
  private long appliedTerm;

  Applier(RaftPorts ports, EntryCodec codec, FailureLatch failure, Answers answers) {
    this.stateMachine = ports.stateMachine();
    this.log = ports.log();
    this.codec = codec;
    this.failure = failure;
    this.answers = answers;
  }

  /** The state machine says that it holds everything up to here by itself. */
  void resumeFrom(long index) {
    appliedIndex = index;
  }

  long appliedIndex() {
    return appliedIndex;
  }

  /** The term of the last entry that was applied in this life; 0 if none was. */
  long appliedTerm() {
    return appliedTerm;
  }

  RecentOperations recent() {
    return recent;
  }

  /** Applies an entry that is in the write-ahead log. */
  void replay(WriteAheadLog.Entry entry) {
    byte[] payload = entry.payload();
    try {
      if (codec.isGroup(payload)) {
        applyGroup(entry.index(), entry.term(), codec.decodeGroup(payload));
        return;
      }
    } catch (IllegalArgumentException e) {
      throw unreadable(entry.index(), entry.term(), e);
    }
    apply(entry.index(), entry.term(), decode(entry.index(), entry.term(), payload));
  }

  /**
   * Applies an entry of the engine and lets go of its commands and bytes.
   *
   * @throws RuntimeException if that failed; recorded already, and final
   */
  void apply(long index, int term, LogOperation operation) {
    List<EntryPart> parts = operation.partsAtHand();
    if (parts == null) {
      parts = decode(index, term, load(index, operation));
    }
    apply(index, term, parts);
    recent.applied(operation);
  }

  /** The group of voters was changed by this entry. */
  void applyGroup(long index, int term, GroupChange change) {
    requireNext(index, term);
    byte[] group = GroupCodec.encode(new GroupCodec.Group(index, change.voters()));
    stateMachine.applyGroup(index, term, group);
    appliedIndex = index;
    appliedTerm = term;
  }

  private byte[] load(long index, LogOperation operation) {
    try {
      return operation.payload(index, log);
    } catch (IOException e) {
      failure.record(e);
      throw new UncheckedIOException(e);
    }
  }

  private List<EntryPart> decode(long index, int term, byte[] payload) {
    try {
      return codec.decode(payload);
    } catch (RuntimeException e) {
      throw unreadable(index, term, e);
    }
  }

  private IllegalStateException unreadable(long index, int term, RuntimeException cause) {
    return recorded(
        new IllegalStateException(
            "the log entry %d of term %d cannot be read: %s"
                .formatted(index, term, cause.getMessage()),
            cause));
  }

  private void apply(long index, int term, List<EntryPart> parts) {
    requireNext(index, term);
    List<Command> commands = commandsOf(index, term, parts);
    List<Result> results;
    try {
      results =
          parts.isEmpty() ? firstOfTerm(index, term) : stateMachine.apply(index, term, commands);
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
    appliedTerm = term;
    answers.applied(term, parts, results);
  }

  /**
   * The entry that a leader begins its term with. It has no commands, so that the state machine is
   * reminded of the group of voters instead: who takes over the state is to know it, also if it
   * never changed.
   */
  private List<Result> firstOfTerm(long index, int term) {
    GroupCodec.Group group = answers.group();
    if (group.voters().isEmpty()) {
      return stateMachine.apply(index, term, List.of());
    }
    stateMachine.applyGroup(index, term, GroupCodec.encode(group));
    return List.of();
  }

  private List<Command> commandsOf(long index, int term, List<EntryPart> parts) {
    try {
      if (parts.size() == 1) {
        return parts.get(0).commands(codec.commands());
      }
      List<Command> commands = new ArrayList<>();
      for (EntryPart part : parts) {
        commands.addAll(part.commands(codec.commands()));
      }
      return commands;
    } catch (IllegalArgumentException e) {
      throw unreadable(index, term, e);
    }
  }

  private void requireNext(long index, int term) {
    if (index != appliedIndex + 1) {
      throw recorded(
          new IllegalStateException(
              "entry %d of term %d was to be applied after entry %d"
                  .formatted(index, term, appliedIndex)));
    }
  }

  private IllegalStateException recorded(IllegalStateException bug) {
    failure.record(bug);
    return bug;
  }
}
