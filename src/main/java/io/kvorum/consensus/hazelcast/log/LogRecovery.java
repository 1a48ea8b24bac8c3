package io.kvorum.consensus.hazelcast.log;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.persistence.RestoredRaftState;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.StateMachine.DurableState;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Divides the entries of a log that was opened: those that the state machine has made durable,
 * those that are known to be committed and are applied at once, and those that Raft has yet to
 * commit.
 *
 * <pre>
 *     first ............ durable ............ committed ............ last
 *       |  kept, not read   |  applied one by one  |  in Hazelcast's log  |
 * </pre>
 *
 * <p>Hazelcast's log in memory is bounded, so that a large replay must not go through it; it starts
 * from a snapshot, which is a marker at the committed index.
 *
 * <p>Used once, by the Raft thread. Held by: LogRecoveryTest.
 */
public final class LogRecovery {
  private static final int ENTRIES_PER_READ = 1_000;
  private static final long BYTES_PER_READ = 1 << 20;

  private final RaftIdentity identity;
  private final WriteAheadLog log;
  private final EntryCodec codec;
  private final WriteAheadLog.Recovered recovered;
  private final long durableIndex;
  private final long certainIndex;
  private VoterGroup group;
  private long committedIndex;

  private LogRecovery(
      RaftIdentity identity,
      WriteAheadLog log,
      EntryCodec codec,
      WriteAheadLog.Recovered recovered,
      VoterGroup group,
      long durableIndex)
      throws IOException {
    this.identity = identity;
    this.log = log;
    this.codec = codec;
    this.recovered = recovered;
    this.group = group;
    this.durableIndex = durableIndex;
    this.certainIndex = Math.max(durableIndex, knownToLastLeader());
    this.committedIndex = committedNow();
  }

  /**
   * Makes the log fit the state, and divides it.
   *
   * @return null if log and state are both new
   * @throws IOException if they do not fit together, or not to this member; nothing was changed
   */
  public static @Nullable LogRecovery of(
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

  /**
   * What the last entry says; a change of the voters says nothing, but the entry before it does.
   */
  private long knownToLastLeader() throws IOException {
    for (long index = recovered.lastIndex(); index >= recovered.firstIndex(); index--) {
      WriteAheadLog.Entry entry = log.read(index);
      try {
        if (!codec.isVoters(entry.payload())) {
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

  /** Everything if this member is the only voter, as far as the entries read so far say. */
  private long committedNow() {
    boolean isAlone = identity.isForcedNewCluster() || group.isOnly(identity.memberId());
    return isAlone ? recovered.lastIndex() : certainIndex;
  }

  public WriteAheadLog.Recovered log() {
    return recovered;
  }

  /** The first entry to be applied before Raft starts; the last one is the committed index. */
  public long firstToReplay() {
    return durableIndex + 1;
  }

  /** The last entry to be applied; may go back while entries are applied. */
  public long committedIndex() {
    return committedIndex;
  }

  /**
   * Reads the next entry to be applied.
   *
   * @return false if it is not known to be committed after all: it added voters, whose agreement it
   *     needs
   * @throws IllegalArgumentException if it cannot be read
   */
  public boolean mayApply(WriteAheadLog.Entry entry) {
    if (!codec.isVoters(entry.payload())) {
      return true;
    }
    if (!identity.isForcedNewCluster() && entry.index() > certainIndex) {
      committedIndex = entry.index() - 1;
      return false;
    }
    List<Long> voters = codec.decodeVoters(entry.payload()).voters();
    group = new VoterGroup(entry.index(), voters);
    committedIndex = committedNow();
    return true;
  }

  /** The voters as of the last entry that was read. */
  public VoterGroup group() {
    return group;
  }

  /** What Hazelcast starts from, once everything up to the committed index is applied. */
  public RestoredRaftState restoredState() throws IOException {
    MemberEndpoint self = new MemberEndpoint(identity.memberId());
    Collection<RaftEndpoint> voters = new ArrayList<>();
    group.voters().forEach(voter -> voters.add(new MemberEndpoint(voter)));
    int term = recovered.term();
    SnapshotEntry snapshot = null;
    if (committedIndex > 0) {
      var marker = new MemberEndpoint.SnapshotMarker(committedIndex, identity.memberId());
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
        uncommitted());
  }

  /** How many entries Hazelcast's log must have room for. */
  public int uncommittedCount() {
    return Math.toIntExact(recovered.lastIndex() - committedIndex);
  }

  private LogEntry[] uncommitted() throws IOException {
    List<LogEntry> uncommitted = new ArrayList<>();
    for (long next = committedIndex + 1; next <= recovered.lastIndex(); ) {
      for (WriteAheadLog.Entry entry : log.read(next, ENTRIES_PER_READ, BYTES_PER_READ)) {
        Object operation =
            codec.isVoters(entry.payload())
                ? codec.decodeVoters(entry.payload()).toCommand()
                : LogOperation.stored();
        uncommitted.add(new LogEntry(entry.term(), next, operation));
        next++;
      }
    }
    return uncommitted.toArray(LogEntry[]::new);
  }
}
