package io.kvorum.consensus.hazelcast.core;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.SnapshotEntry;
import com.hazelcast.cp.internal.raft.impl.persistence.RaftStateStore;
import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.StateMachine;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.log.LogOperation;
import io.kvorum.consensus.hazelcast.log.MemberEndpoint;
import io.kvorum.consensus.hazelcast.log.VoterGroup;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stores Hazelcast's durable state in the write-ahead log, and discards what is no longer needed.
 * Hazelcast logs an I/O error and carries on; so the first one is recorded here, and after it every
 * write is refused.
 *
 * <p>An entry is discarded only once the state machine has it durably. Entries that other members
 * may need stay longer, up to {@link RaftSettings#keptForOthersBytes}.
 *
 * <p>Confined to the Raft thread. Held by: RaftLogStoreTest, RaftConsensusTest.
 */
public final class RaftLogStore implements RaftStateStore {
  /** For {@link #discardIfLarge}: no other member reads this log. */
  public static final long NO_RECEIVERS = Long.MAX_VALUE;

  private static final long DISCARD_EVERY_BYTES = 16L << 20;

  private static final int MARKS_IN_KEPT_BYTES = 16;

  /** How long more is kept after a member was told to fetch a snapshot. */
  private static final long SNAPSHOT_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final int SHARES_DURING_A_SNAPSHOT = 4;

  /** A write that the log may fail with an I/O error. */
  private interface Write {
    void run() throws IOException;
  }

  /** Bytes written up to and including the entry. */
  private record Mark(long index, long bytes) {}

  private final WriteAheadLog log;
  private final StateMachine stateMachine;
  private final EntryCodec codec;
  private final FailureLatch failure;
  private final RaftSettings settings;
  private final LoopRunner runner;
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();
  private boolean isMemberRecordSaved;
  private long writtenBytes;
  private long bytesSinceDiscard;
  private int entriesSinceDiscard;
  private long snapshotEndsNanos;
  private long firstReadable = 1;
  private int lastDiscardedTerm;

  public RaftLogStore(
      RaftPorts ports,
      RaftSettings settings,
      EntryCodec codec,
      FailureLatch failure,
      LoopRunner runner) {
    this.log = ports.log();
    this.stateMachine = ports.stateMachine();
    this.settings = settings;
    this.codec = codec;
    this.failure = failure;
    this.runner = runner;
    this.snapshotEndsNanos = runner.nanoTime();
  }

  /** The log was recovered, and has its member record. */
  public void resumeFrom(WriteAheadLog.Recovered recovered) {
    isMemberRecordSaved = true;
    firstReadable = recovered.firstIndex();
    lastDiscardedTerm = recovered.lastDiscardedTerm();
    estimateMarks(recovered);
  }

  /**
   * What earlier lives wrote counts as well, or a member that restarts often would never discard
   * anything. Entries are assumed to be of one size.
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
    bytesSinceDiscard = DISCARD_EVERY_BYTES;
  }

  private long markEvery() {
    return Math.max(1, settings.keptForOthersBytes() / MARKS_IN_KEPT_BYTES);
  }

  /** The first entry that may be read from the log; earlier ones count as discarded. */
  public long firstReadable() {
    return firstReadable;
  }

  /** The term of the entry before {@link #firstReadable}. */
  public int lastDiscardedTerm() {
    return lastDiscardedTerm;
  }

  // ------------------------------------------------------------------ called by Hazelcast

  @Override
  public void open() {}

  @Override
  public void persistInitialMembers(
      RaftEndpoint localMember, Collection<RaftEndpoint> initialMembers) throws IOException {
    if (!isMemberRecordSaved) {
      long self = ((MemberEndpoint) localMember).id();
      byte[] members = new VoterGroup.MemberRecord(self, VoterGroup.ids(initialMembers)).encode();
      write(() -> log.saveMembers(members));
      isMemberRecordSaved = true;
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
    bytesSinceDiscard += payload.length;
    entriesSinceDiscard++;
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
      return codec.encodeVoters(VoterGroup.Change.of(change));
    }
    throw new IllegalStateException(
        "no durable form for the operation of entry " + entry.index() + ": " + entry.operation());
  }

  /**
   * A snapshot is a marker and is not stored: after a restart it is made from the index up to which
   * the state is durable.
   */
  @Override
  public void persistSnapshot(SnapshotEntry snapshot) {}

  @Override
  public void deleteEntriesFrom(long startIndexInclusive) throws IOException {
    write(() -> log.truncateFrom(startIndexInclusive));
  }

  @Override
  public void flushLogs() throws IOException {
    write(log::flush);
  }

  /** Called with each node that is terminated; the log is closed by its owner, later. */
  @Override
  public void close() {}

  private void write(Write write) throws IOException {
    if (failure.isSet()) {
      throw new IOException("the member has failed, and writes nothing more to its log");
    }
    try {
      write.run();
    } catch (IOException | RuntimeException | Error e) {
      failure.record(e);
      throw e;
    }
  }

  // ------------------------------------------------------------------ discarding

  /**
   * Discards entries that the state machine has made durable, if much was written since the last
   * time.
   *
   * @param needed entries after this one are still needed by others, within the bytes to be kept
   */
  public void discardIfLarge(long needed) throws IOException {
    if (bytesSinceDiscard < DISCARD_EVERY_BYTES
        && entriesSinceDiscard < settings.entriesPerSnapshot()) {
      return;
    }
    bytesSinceDiscard = 0;
    entriesSinceDiscard = 0;
    long kept =
        settings.keptForOthersBytes() * (isSnapshotUnderWay() ? SHARES_DURING_A_SNAPSHOT : 1);
    while (!marks.isEmpty() && writtenBytes - marks.getFirst().bytes() > kept) {
      needed = Math.max(needed, marks.removeFirst().index());
    }
    long index = Math.min(stateMachine.durableIndex(), needed);
    if (index >= firstReadable) {
      lastDiscardedTerm = log.read(index).term();
      firstReadable = index + 1;
      write(() -> log.discardUpTo(index));
    }
  }

  /**
   * A member was told to fetch a snapshot, as it is with each heartbeat until it has one. It will
   * then need what was written meanwhile, or would have to fetch again: so more is kept for a
   * while.
   */
  public void snapshotOffered() {
    snapshotEndsNanos = runner.nanoTime() + SNAPSHOT_NANOS;
  }

  private boolean isSnapshotUnderWay() {
    return runner.nanoTime() - snapshotEndsNanos < 0;
  }
}
