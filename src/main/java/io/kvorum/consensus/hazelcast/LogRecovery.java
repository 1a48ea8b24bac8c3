package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.persistence.RestoredRaftState;
import io.kvorum.consensus.StateMachine.DurableState;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a log that was opened means for this member: which entries the state machine has by itself,
 * which are to be applied at once because they are known to be committed, and which are the
 * engine's to decide.
 *
 * <pre>
 *     first ............ durable ............ committed ............ last
 *       |  kept, not read   |  applied one by one  |  in the engine's log  |
 * </pre>
 *
 * <p>The engine's log in memory is bounded, so it must not be given what a large replay needs; and
 * it starts from a snapshot, which is a marker at the committed index.
 */
final class LogRecovery {
  private static final int ENTRIES_PER_READ = 1_000;
  private static final long BYTES_PER_READ = 1 << 20;

  private final RaftIdentity identity;
  private final WriteAheadLog log;
  private final EntryCodec codec;
  private final WriteAheadLog.Recovered recovered;
  private final long durableIndex;
  private final long certainIndex;
  private GroupCodec.Group group;
  private long committedIndex;

  private LogRecovery(
      RaftIdentity identity,
      WriteAheadLog log,
      EntryCodec codec,
      WriteAheadLog.Recovered recovered,
      GroupCodec.Group group,
      long durableIndex)
      throws IOException {
    this.identity = identity;
    this.log = log;
    this.codec = codec;
    this.recovered = recovered;
    this.group = group;
    this.durableIndex = durableIndex;
    this.certainIndex = Math.max(durableIndex, knownToTheLastLeader());
    this.committedIndex = committedNow();
  }

  /**
   * @return null if log and state are both new
   * @throws IOException if they do not fit together, or not to this member; nothing was changed
   */
  static @Nullable LogRecovery of(
      RaftIdentity identity, RaftPorts ports, EntryCodec codec, WriteAheadLog.Recovered opened)
      throws IOException {
    DurableState durableState = ports.stateMachine().durableState();
    LogConsistencyCheck fit = new LogConsistencyCheck(identity, ports.log(), codec, durableState);
    WriteAheadLog.Recovered recovered = fit.fitted(opened);
    return recovered == null
        ? null
        : new LogRecovery(
            identity, ports.log(), codec, recovered, fit.groupOf(recovered), durableState.index());
  }

  /** A change of the group does not say what was committed; the entry before it does. */
  private long knownToTheLastLeader() throws IOException {
    for (long index = recovered.lastIndex(); index >= recovered.firstIndex(); index--) {
      WriteAheadLog.Entry entry = log.read(index);
      try {
        if (!codec.isGroup(entry.payload())) {
          return codec.committedIndex(entry.payload());
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalStateException(
            "the log entry %d of term %d cannot be read: %s"
                .formatted(entry.index(), entry.term(), e.getMessage()),
            e);
      }
    }
    return 0;
  }

  /** As far as it is known by what was read so far. */
  private long committedNow() {
    boolean nobodyElseHasASay = identity.isForcedNewCluster() || isAlone();
    return nobodyElseHasASay ? recovered.lastIndex() : certainIndex;
  }

  private boolean isAlone() {
    return group.voters().equals(List.of(new MemberEndpoint(identity.memberId())));
  }

  WriteAheadLog.Recovered log() {
    return recovered;
  }

  /** The entries to be applied before the engine starts: these, and all up to committed. */
  long firstToReplay() {
    return durableIndex + 1;
  }

  /** The last entry to be applied; may turn out to be less while entries are applied. */
  long committedIndex() {
    return committedIndex;
  }

  /**
   * Looks at the next entry to be applied.
   *
   * @return false if it is not known to be committed after all: it brought others who have a say
   * @throws IllegalArgumentException if it cannot be read
   */
  boolean mayApply(WriteAheadLog.Entry entry) {
    if (!codec.isGroup(entry.payload())) {
      return true;
    }
    if (!identity.isForcedNewCluster() && entry.index() > certainIndex) {
      committedIndex = entry.index() - 1;
      return false;
    }
    List<MemberEndpoint> voters = codec.decodeGroup(entry.payload()).voters();
    group = new GroupCodec.Group(entry.index(), voters);
    committedIndex = committedNow();
    return true;
  }

  /** The group of voters as far as entries were looked at. */
  GroupCodec.Group group() {
    return group;
  }

  /** What the engine starts from, once everything up to the committed index is applied. */
  RestoredRaftState engineState() throws IOException {
    MemberEndpoint self = new MemberEndpoint(identity.memberId());
    Collection<RaftEndpoint> voters = new ArrayList<>(group.voters());
    int term = recovered.term();
    SnapshotEntry snapshot = null;
    if (committedIndex > 0) {
      SnapshotMarker marker = new SnapshotMarker(committedIndex, identity.memberId());
      int snapshotTerm = LogConsistencyCheck.termOf(committedIndex, recovered, log);
      snapshot = new SnapshotEntry(snapshotTerm, committedIndex, marker, group.index(), voters);
      term = Math.max(term, snapshotTerm);
    }
    String vote = recovered.votedFor();
    return new RestoredRaftState(
        self,
        voters,
        term,
        vote == null || term > recovered.term() ? null : MemberEndpoint.parse(vote),
        snapshot,
        undecided());
  }

  /** How many entries the engine must have room for. */
  int undecidedCount() {
    return Math.toIntExact(recovered.lastIndex() - committedIndex);
  }

  private LogEntry[] undecided() throws IOException {
    List<LogEntry> undecided = new ArrayList<>();
    for (long next = committedIndex + 1; next <= recovered.lastIndex(); ) {
      for (WriteAheadLog.Entry entry : log.read(next, ENTRIES_PER_READ, BYTES_PER_READ)) {
        Object operation =
            codec.isGroup(entry.payload())
                ? codec.decodeGroup(entry.payload()).toCommand()
                : LogOperation.stored();
        undecided.add(new LogEntry(entry.term(), next, operation));
        next++;
      }
    }
    return undecided.toArray(LogEntry[]::new);
  }
}
