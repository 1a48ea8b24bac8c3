package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.persistence.RestoredRaftState;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
  private final RaftIdentity identity;
  private final WriteAheadLog log;
  private final WriteAheadLog.Recovered recovered;
  private final Set<MemberEndpoint> members;
  private final long durableIndex;
  private final long committedIndex;

  private LogRecovery(
      RaftIdentity identity,
      WriteAheadLog log,
      WriteAheadLog.Recovered recovered,
      Set<MemberEndpoint> members,
      long durableIndex,
      long committedIndex) {
    this.identity = identity;
    this.log = log;
    this.recovered = recovered;
    this.members = members;
    this.durableIndex = durableIndex;
    this.committedIndex = committedIndex;
  }

  /**
   * @return null if log and state are both new
   * @throws IOException if they do not fit together, or not to this member; nothing was changed
   */
  static @Nullable LogRecovery of(
      RaftIdentity identity, RaftPorts ports, EntryCodec codec, WriteAheadLog.Recovered recovered)
      throws IOException {
    long durableIndex = ports.stateMachine().durableIndex();
    byte[] memberRecord = recovered.members();
    if (memberRecord == null) {
      requireNothing(recovered, durableIndex);
      return null;
    }
    MembersCodec.Members members = readMembers(memberRecord);
    if (members.self().id() != identity.memberId()) {
      throw new IOException(
          "the write-ahead log belongs to member %s, but this is member %x"
              .formatted(members.self(), identity.memberId()));
    }
    requireNoGap(recovered, durableIndex);
    long committedIndex = durableIndex;
    if (members.initial().size() == 1) {
      // Nobody else has a say: what is in the log is what the member commits when it leads.
      committedIndex = recovered.lastIndex();
    } else if (recovered.firstIndex() <= recovered.lastIndex()) {
      byte[] last = ports.log().read(recovered.lastIndex()).payload();
      committedIndex = Math.max(durableIndex, codec.committedIndex(last));
    }
    return new LogRecovery(
        identity, ports.log(), recovered, members.initial(), durableIndex, committedIndex);
  }

  private static MembersCodec.Members readMembers(byte[] memberRecord) throws IOException {
    try {
      return MembersCodec.decode(memberRecord);
    } catch (IllegalArgumentException e) {
      throw new IOException("the write-ahead log is damaged: " + e.getMessage(), e);
    }
  }

  private static void requireNothing(WriteAheadLog.Recovered recovered, long durableIndex)
      throws IOException {
    if (recovered.lastIndex() != 0 || recovered.term() != 0) {
      throw new IOException(
          "the write-ahead log is damaged: it has entries up to %d of term %d, but no member record"
              .formatted(recovered.lastIndex(), recovered.term()));
    }
    if (durableIndex != 0) {
      throw new IOException(
          "the write-ahead log is empty, but the state holds entries up to %d: the log was lost"
              .formatted(durableIndex));
    }
  }

  private static void requireNoGap(WriteAheadLog.Recovered recovered, long durableIndex)
      throws IOException {
    if (durableIndex > recovered.lastIndex()) {
      throw new IOException(
          "the state holds entries up to %d, but the write-ahead log ends at %d: its end was lost"
              .formatted(durableIndex, recovered.lastIndex()));
    }
    if (durableIndex < recovered.firstIndex() - 1) {
      throw new IOException(
          ("the state holds entries up to %d, but the write-ahead log begins at %d:"
                  + " what lies between was lost")
              .formatted(durableIndex, recovered.firstIndex()));
    }
  }

  /** The entries to be applied before the engine starts: these, and all up to committed. */
  long firstToReplay() {
    return durableIndex + 1;
  }

  long committedIndex() {
    return committedIndex;
  }

  /** What the engine starts from, once everything up to the committed index is applied. */
  RestoredRaftState engineState() throws IOException {
    MemberEndpoint self = new MemberEndpoint(identity.memberId());
    List<RaftEndpoint> endpoints = new ArrayList<>(members);
    SnapshotEntry snapshot = null;
    if (committedIndex > 0) {
      SnapshotMarker marker = new SnapshotMarker(committedIndex, identity.memberId());
      snapshot = new SnapshotEntry(termOf(committedIndex), committedIndex, marker, 0, endpoints);
    }
    List<LogEntry> undecided = new ArrayList<>();
    for (long index = committedIndex + 1; index <= recovered.lastIndex(); index++) {
      undecided.add(new LogEntry(termOf(index), index, LogOperation.stored()));
    }
    String vote = recovered.votedFor();
    return new RestoredRaftState(
        self,
        endpoints,
        recovered.term(),
        vote == null ? null : MemberEndpoint.parse(vote),
        snapshot,
        undecided.toArray(LogEntry[]::new));
  }

  private int termOf(long index) throws IOException {
    return index < recovered.firstIndex() ? recovered.lastDiscardedTerm() : log.read(index).term();
  }
}
