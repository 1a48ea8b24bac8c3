package io.kvorum.consensus.hazelcast.core;

import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.log.LogOperation;
import io.kvorum.consensus.hazelcast.log.LogRecovery;
import io.kvorum.consensus.hazelcast.log.MemberEndpoint;
import io.kvorum.consensus.hazelcast.log.VoterGroup;
import io.kvorum.consensus.hazelcast.proposal.PendingBatches;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Applies committed entries to the state machine, each once and in the order of the log, those
 * included that Hazelcast applies on its own, and answers the batches of this member. During a
 * replay the entries come from the write-ahead log, afterwards from Hazelcast.
 *
 * <p>An entry is applied, then published, and only then answered, so that a caller that has its
 * answer finds the entry in the status. An entry that cannot be read or applied stops the member:
 * the failure is recorded before it is thrown, since Hazelcast catches it.
 *
 * <p>Confined to the Raft thread. Held by: LogRecoveryTest, RaftConsensusTest, CoreSimulation.
 */
public final class CommittedEntries {
  private final long self;
  private final StateMachine stateMachine;
  private final WriteAheadLog log;
  private final EntryCodec codec;
  private final FailureLatch failure;
  private final PendingBatches pending;
  private final PublishedStatus status;
  private final RecentOperations recent = new RecentOperations();
  private long appliedIndex;
  private long appliedTerm;

  /** Where entries come from; null until the first replica runs. */
  private @Nullable RaftCore core;

  /** Non-null while the log is replayed. */
  private @Nullable LogRecovery recovery;

  /** False until the member takes part: until then its status says nothing. */
  private boolean isPublic;

  public CommittedEntries(
      long self,
      RaftPorts ports,
      EntryCodec codec,
      FailureLatch failure,
      PendingBatches pending,
      PublishedStatus status) {
    this.self = self;
    this.stateMachine = ports.stateMachine();
    this.log = ports.log();
    this.codec = codec;
    this.failure = failure;
    this.pending = pending;
    this.status = status;
  }

  public long appliedIndex() {
    return appliedIndex;
  }

  /** The term of the last entry that was applied in this life; 0 if none was. */
  public long appliedTerm() {
    return appliedTerm;
  }

  // ------------------------------------------------------------------ replay

  /** The log will be replayed, from an entry on; the recovery knows the voters meanwhile. */
  public void beginReplay(LogRecovery newRecovery) {
    recovery = newRecovery;
    appliedIndex = newRecovery.firstToReplay() - 1;
  }

  /** Entries come from this core from now on. */
  public void follow(RaftCore newCore) {
    recovery = null;
    core = newCore;
  }

  /** Shows each applied entry in the status from now on. */
  public void becomePublic() {
    isPublic = true;
  }

  /** Applies an entry that is in the write-ahead log. */
  public void replay(WriteAheadLog.Entry entry) {
    byte[] payload = entry.payload();
    VoterGroup.Change change;
    try {
      change = codec.isVoters(payload) ? codec.decodeVoters(payload) : null;
    } catch (IllegalArgumentException e) {
      throw unreadable(entry.index(), entry.term(), e);
    }
    if (change != null) {
      applyVoters(entry.index(), entry.term(), change);
    } else {
      applyParts(entry.index(), entry.term(), decode(entry.index(), entry.term(), payload));
    }
  }

  // ------------------------------------------------------------------ called by Hazelcast

  /** Applies an entry of Hazelcast's log. */
  public void apply(LogOperation operation, long index) {
    applyVoterChanges(index - 1);
    apply(index, running().termOf(index), operation);
  }

  /** The operation that a new leader begins its term with. */
  public LogOperation startOfTerm() {
    return LogOperation.made(List.of(), codec.encode(running().commitIndex(), List.of()));
  }

  public MemberEndpoint.SnapshotMarker snapshotAt(long index) {
    applyVoterChanges(index);
    return new MemberEndpoint.SnapshotMarker(index, self);
  }

  /** Hazelcast starts from this snapshot: the state must be there already. */
  public void requireSnapshot(MemberEndpoint.SnapshotMarker marker) {
    if (appliedIndex != marker.index()) {
      throw new IllegalStateException(
          "Hazelcast starts at entry %d, but the state is at %d"
              .formatted(marker.index(), appliedIndex));
    }
  }

  /** Applies changes of the voters up to an index: Hazelcast applies them without a callback. */
  public void applyVoterChanges(long lastIndex) {
    for (long index = appliedIndex + 1; index <= lastIndex; index++) {
      RaftCore from = running();
      VoterGroup.Change change = from.voterChangeAt(index);
      if (change == null) {
        throw new IllegalStateException(
            "entry %d of term %d was passed over, but does not change the voters"
                .formatted(index, from.termOf(index)));
      }
      applyVoters(index, from.termOf(index), change);
    }
  }

  private RaftCore running() {
    RaftCore running = core;
    if (running == null) {
      throw new IllegalStateException("no replica is running yet");
    }
    return running;
  }

  // ------------------------------------------------------------------ applying

  /** Applies an entry of commands and releases its memory, unless a follower may need it. */
  public void apply(long index, int term, LogOperation operation) {
    List<EntryCodec.Part> parts = operation.partsAtHand();
    if (parts == null) {
      parts = decode(index, term, load(index, operation));
    }
    applyParts(index, term, parts);
    recent.applied(operation);
  }

  private void applyVoters(long index, int term, VoterGroup.Change change) {
    requireNext(index, term);
    stateMachine.applyGroup(index, term, new VoterGroup(index, change.voters()).encode());
    appliedIndex = index;
    appliedTerm = term;
  }

  private void applyParts(long index, int term, List<EntryCodec.Part> parts) {
    requireNext(index, term);
    List<Command> commands = commandsOf(index, term, parts);
    List<Result> results;
    try {
      results =
          parts.isEmpty() ? startTerm(index, term) : stateMachine.apply(index, term, commands);
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
    answer(term, parts, results);
  }

  private void answer(long term, List<EntryCodec.Part> parts, List<Result> results) {
    RaftCore current = core;
    if (isPublic && current != null) {
      status.publish(current, appliedIndex);
    }
    int from = 0;
    for (EntryCodec.Part part : parts) {
      int to = from + part.count();
      if (part.origin() == pending.origin()) {
        pending.applied(part.sequence(), results.subList(from, to));
      }
      from = to;
    }
    pending.termReached(term);
  }

  /**
   * The entry that a leader begins its term with has no commands. It reminds the state machine of
   * the voters instead: a member that installs this state has to know them, even if they never
   * changed.
   */
  private List<Result> startTerm(long index, int term) {
    LogRecovery replaying = recovery;
    VoterGroup group = replaying != null ? replaying.group() : running().committedVoters();
    if (group.voters().isEmpty()) {
      return stateMachine.apply(index, term, List.of());
    }
    stateMachine.applyGroup(index, term, group.encode());
    return List.of();
  }

  private byte[] load(long index, LogOperation operation) {
    try {
      return operation.payload(index, log);
    } catch (IOException e) {
      failure.record(e);
      throw new UncheckedIOException(e);
    }
  }

  private List<EntryCodec.Part> decode(long index, int term, byte[] payload) {
    try {
      return codec.decode(payload);
    } catch (RuntimeException e) {
      throw unreadable(index, term, e);
    }
  }

  private List<Command> commandsOf(long index, int term, List<EntryCodec.Part> parts) {
    try {
      if (parts.size() == 1) {
        return parts.get(0).commands(codec.commands());
      }
      List<Command> commands = new ArrayList<>();
      for (EntryCodec.Part part : parts) {
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

  private IllegalStateException unreadable(long index, int term, RuntimeException cause) {
    return recorded(
        new IllegalStateException(
            "the log entry %d of term %d cannot be read: %s"
                .formatted(index, term, cause.getMessage()),
            cause));
  }

  private IllegalStateException recorded(IllegalStateException bug) {
    failure.record(bug);
    return bug;
  }

  // ------------------------------------------------------------------ memory of applied entries

  /**
   * Keeps the entries that were applied last in memory.
   *
   * @param hasReceivers false if there is no member to send entries to: then nothing is kept
   */
  public void keepRecent(boolean hasReceivers) {
    recent.keep(hasReceivers);
  }

  /**
   * The entries that were applied last, with their bytes: a follower is rarely further behind, and
   * is then sent entries without reading the log. At most {@link #KEPT_BYTES}.
   */
  private static final class RecentOperations {
    private static final long KEPT_BYTES = 8L << 20;

    private final ArrayDeque<LogOperation> kept = new ArrayDeque<>();
    private long keptBytes;
    private boolean keeps;

    void keep(boolean newKeeps) {
      keeps = newKeeps;
      if (!newKeeps) {
        shrinkTo(0);
      }
    }

    void applied(LogOperation operation) {
      byte[] payload = operation.payloadAtHand();
      if (!keeps || payload == null) {
        operation.release();
        return;
      }
      operation.releaseCommands();
      kept.add(operation);
      keptBytes += payload.length;
      shrinkTo(KEPT_BYTES);
    }

    private void shrinkTo(long bytes) {
      while (keptBytes > bytes) {
        LogOperation oldest = kept.remove();
        byte[] payload = oldest.payloadAtHand();
        keptBytes -= payload == null ? 0 : payload.length;
        oldest.release();
      }
    }
  }
}
