package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.persistence.RaftStateStore;
import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The engine's durable state in the write-ahead log. The engine logs an I/O error and carries on;
 * so the first one is recorded here, and after it everything is refused.
 */
final class RaftLogStore implements RaftStateStore {
  private static final long CUT_EVERY_BYTES = 16L << 20;

  /** A write that the log may fail with an I/O error. */
  private interface Write {
    void run() throws IOException;
  }

  private final WriteAheadLog log;
  private final StateMachine stateMachine;
  private final FailureLatch failure;
  private final long entriesKeptAfterSnapshot;
  private boolean membersAreSaved;
  private long bytesSinceCut;

  RaftLogStore(RaftPorts ports, RaftSettings settings, FailureLatch failure) {
    this.log = ports.log();
    this.stateMachine = ports.stateMachine();
    this.failure = failure;
    // What the engine may still read for a follower that is a little behind.
    this.entriesKeptAfterSnapshot = settings.entriesPerSnapshot() / 10;
  }

  /** The log was opened, and had its members, before the engine was made. */
  void membersAreSaved() {
    membersAreSaved = true;
  }

  @Override
  public void open() {}

  @Override
  public void persistInitialMembers(
      RaftEndpoint localMember, Collection<RaftEndpoint> initialMembers) throws IOException {
    if (!membersAreSaved) {
      byte[] members =
          MembersCodec.encode(
              (MemberEndpoint) localMember,
              initialMembers.stream().map(MemberEndpoint.class::cast).toList());
      write(() -> log.saveMembers(members));
      membersAreSaved = true;
    }
  }

  @Override
  public void persistTerm(int term, @Nullable RaftEndpoint votedFor) throws IOException {
    String vote = votedFor == null ? null : ((MemberEndpoint) votedFor).text();
    write(() -> log.saveTerm(term, vote));
  }

  @Override
  public void persistEntry(LogEntry entry) throws IOException {
    if (!(entry.operation() instanceof LogOperation operation)) {
      throw new IllegalStateException(
          "no durable form for the operation of entry " + entry.index() + ": " + entry.operation());
    }
    byte[] payload = operation.payload(entry.index(), log);
    write(() -> log.append(new WriteAheadLog.Entry(entry.index(), entry.term(), payload)));
    bytesSinceCut += payload.length;
  }

  /**
   * A snapshot is a marker and needs no place of its own: after a restart it is made from the index
   * up to which the state is durable. But it says what the engine will not ask for again.
   */
  @Override
  public void persistSnapshot(SnapshotEntry snapshot) throws IOException {
    cutUpTo(Math.min(stateMachine.durableIndex(), snapshot.index() - entriesKeptAfterSnapshot));
  }

  /**
   * Lets go of all that the state holds by itself when much was written since the last time,
   * however few entries that were. Only for a group of one: the engine reads nothing from the log
   * for others, so that its snapshot does not count.
   */
  void cutIfLarge() throws IOException {
    if (bytesSinceCut >= CUT_EVERY_BYTES) {
      cutUpTo(stateMachine.durableIndex());
    }
  }

  private void cutUpTo(long index) throws IOException {
    bytesSinceCut = 0;
    if (index > 0) {
      write(() -> log.discardUpTo(index));
    }
  }

  @Override
  public void deleteEntriesFrom(long startIndexInclusive) throws IOException {
    write(() -> log.truncateFrom(startIndexInclusive));
  }

  @Override
  public void flushLogs() throws IOException {
    write(log::flush);
  }

  /** The engine closes its store when it is terminated; the log is closed by its owner, later. */
  @Override
  public void close() {}

  private void write(Write write) throws IOException {
    if (failure.isSet()) {
      throw new IOException("the member has failed, and its log takes nothing more");
    }
    try {
      write.run();
    } catch (IOException | RuntimeException | Error e) {
      failure.record(e);
      throw e;
    }
  }
}
