package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.persistence.RaftStateStore;
import com.hazelcast.internal.util.Clock;
import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The engine's durable state in the write-ahead log. The engine logs an I/O error and carries on;
 * so the first one is recorded here, and after it everything is refused.
 *
 * <p>Confined to the engine thread.
 */
final class RaftLogStore implements RaftStateStore {
  private static final long CUT_EVERY_BYTES = 16L << 20;

  private static final int MARKS_IN_WHAT_IS_KEPT = 16;

  /** From the last time that a member was told to pull, which is with each heartbeat. */
  private static final long PULL_MILLIS = 60_000;

  private static final int SHARES_DURING_A_PULL = 4;

  /** All of the log that the state holds by itself may go: there is nobody to read it. */
  static final long NEEDED_BY_NOBODY = Long.MAX_VALUE;

  /** A write that the log may fail with an I/O error. */
  private interface Write {
    void run() throws IOException;
  }

  /** So many bytes had been written when the entry was. */
  private record Mark(long index, long bytes) {}

  private final WriteAheadLog log;
  private final StateMachine stateMachine;
  private final EntryCodec codec;
  private final FailureLatch failure;
  private final RaftSettings settings;
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();
  private boolean membersAreSaved;
  private long writtenBytes;
  private long bytesSinceCut;
  private int entriesSinceCut;
  private long pullEndsMillis;
  private long firstReadable = 1;
  private int lastGoneTerm;

  RaftLogStore(RaftPorts ports, RaftSettings settings, EntryCodec codec, FailureLatch failure) {
    this.log = ports.log();
    this.stateMachine = ports.stateMachine();
    this.settings = settings;
    this.codec = codec;
    this.failure = failure;
  }

  /** The log is as it says, and has its members. */
  void holds(WriteAheadLog.Recovered recovered) {
    membersAreSaved = true;
    firstReadable = recovered.firstIndex();
    lastGoneTerm = recovered.lastDiscardedTerm();
    estimateMarks(recovered);
  }

  /**
   * What earlier lives wrote counts as well: entries are taken to be of one size. A member that
   * begins new lives often would never cut its log otherwise.
   */
  private void estimateMarks(WriteAheadLog.Recovered recovered) {
    marks.clear();
    writtenBytes = 0;
    long entries = recovered.lastIndex() - recovered.firstIndex() + 1;
    if (entries <= 0) {
      return;
    }
    long size = log.sizeBytes();
    for (long bytes = 0; bytes < size; bytes += markEvery()) {
      long index = recovered.firstIndex() + (long) ((double) bytes / size * entries);
      if (marks.isEmpty() || marks.getLast().index() < index) {
        marks.add(new Mark(index, bytes));
      }
    }
    writtenBytes = size;
    bytesSinceCut = CUT_EVERY_BYTES;
  }

  private long markEvery() {
    return Math.max(1, settings.keptForOthersBytes() / MARKS_IN_WHAT_IS_KEPT);
  }

  /** The first entry that may be read from the log; earlier ones count as gone. */
  long firstReadable() {
    return firstReadable;
  }

  /** The term of the entry before {@link #firstReadable}. */
  int lastGoneTerm() {
    return lastGoneTerm;
  }

  @Override
  public void open() {}

  @Override
  public void persistInitialMembers(
      RaftEndpoint localMember, Collection<RaftEndpoint> initialMembers) throws IOException {
    if (!membersAreSaved) {
      byte[] members =
          MembersCodec.encode((MemberEndpoint) localMember, GroupChange.endpoints(initialMembers));
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
    byte[] payload = payloadOf(entry);
    write(() -> log.append(new WriteAheadLog.Entry(entry.index(), entry.term(), payload)));
    bytesSinceCut += payload.length;
    entriesSinceCut++;
    writtenBytes += payload.length;
    if (marks.isEmpty() || writtenBytes - marks.getLast().bytes() >= markEvery()) {
      marks.add(new Mark(entry.index(), writtenBytes));
    }
  }

  private byte[] payloadOf(LogEntry entry) throws IOException {
    if (entry.operation() instanceof LogOperation operation) {
      return operation.payload(entry.index(), log);
    }
    if (entry.operation() instanceof UpdateRaftGroupMembersCmd change) {
      return codec.encodeGroup(GroupChange.of(change));
    }
    throw new IllegalStateException(
        "no durable form for the operation of entry " + entry.index() + ": " + entry.operation());
  }

  /**
   * A snapshot is a marker and needs no place of its own: after a restart it is made from the index
   * up to which the state is durable.
   */
  @Override
  public void persistSnapshot(SnapshotEntry snapshot) {}

  /**
   * Lets go of what the state holds by itself, when much was written since the last time.
   *
   * @param needed entries after this one are still needed by others, but not at any price
   */
  void cutIfLarge(long needed) throws IOException {
    if (bytesSinceCut < CUT_EVERY_BYTES && entriesSinceCut < settings.entriesPerSnapshot()) {
      return;
    }
    bytesSinceCut = 0;
    entriesSinceCut = 0;
    long kept = settings.keptForOthersBytes() * (isPulled() ? SHARES_DURING_A_PULL : 1);
    while (!marks.isEmpty() && writtenBytes - marks.getFirst().bytes() > kept) {
      needed = Math.max(needed, marks.removeFirst().index());
    }
    long index = Math.min(stateMachine.durableIndex(), needed);
    if (index >= firstReadable) {
      lastGoneTerm = log.read(index).term();
      firstReadable = index + 1;
      write(() -> log.discardUpTo(index));
    }
  }

  /**
   * A member was told to pull the state: once it has, it needs what was written meanwhile, or it
   * would have to pull again. So more is kept for a while.
   */
  void tellsToPull() {
    pullEndsMillis = Clock.currentTimeMillis() + PULL_MILLIS;
  }

  private boolean isPulled() {
    return Clock.currentTimeMillis() < pullEndsMillis;
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
