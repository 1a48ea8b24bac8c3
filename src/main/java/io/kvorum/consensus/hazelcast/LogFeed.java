package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import com.hazelcast.cp.internal.raft.impl.log.RaftLog;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the messages that carry entries to other members: from memory, from the write-ahead log
 * where the engine has let go of them, and where that does not reach back far enough, the advice to
 * pull the state.
 *
 * <p>Confined to the engine thread.
 */
final class LogFeed {
  /** Bounds a message; one entry always fits. */
  private static final long MOST_BYTES = 1 << 20;

  private static final int UNKNOWN_TERM = -1;

  private final RaftNodeImpl node;
  private final WriteAheadLog log;
  private final RaftLogStore store;
  private final EntryCodec codec;

  LogFeed(RaftNodeImpl node, WriteAheadLog log, RaftLogStore store, EntryCodec codec) {
    this.node = node;
    this.log = log;
    this.store = store;
    this.codec = codec;
  }

  /**
   * What a member needs whose next entry is {@code next}: entries up to {@code last}, as many as
   * one message takes.
   */
  PeerMessage from(long next, long last, long queryRound, long flowSequence) throws IOException {
    int term = node.state().term();
    int previousTerm = termOf(next - 1);
    if (previousTerm == UNKNOWN_TERM) {
      return new PeerMessage.PullState(term, store.firstReadable() - 1, queryRound, flowSequence);
    }
    List<WriteAheadLog.Entry> entries = new ArrayList<>();
    long bytes = 0;
    for (long index = next; index <= last && bytes < MOST_BYTES; index++) {
      WriteAheadLog.Entry entry = entry(index);
      bytes += entry.payload().length;
      if (bytes <= MOST_BYTES || entries.isEmpty()) {
        entries.add(entry);
      }
    }
    return new PeerMessage.Append(
        term,
        previousTerm,
        next - 1,
        node.state().commitIndex(),
        entries,
        queryRound,
        flowSequence);
  }

  private WriteAheadLog.Entry entry(long index) throws IOException {
    LogEntry inMemory = node.state().log().getLogEntry(index);
    return inMemory == null ? log.read(index) : entry(inMemory);
  }

  private WriteAheadLog.Entry entry(LogEntry entry) throws IOException {
    Object operation = entry.operation();
    if (operation instanceof UpdateRaftGroupMembersCmd change) {
      byte[] payload = codec.encodeGroup(GroupChange.of(change));
      return new WriteAheadLog.Entry(entry.index(), entry.term(), payload);
    }
    byte[] atHand = ((LogOperation) operation).payloadAtHand();
    return atHand == null
        ? log.read(entry.index())
        : new WriteAheadLog.Entry(entry.index(), entry.term(), atHand);
  }

  /** {@link #UNKNOWN_TERM} if the entry, or the one after it, is gone. */
  private int termOf(long index) throws IOException {
    if (index + 1 < store.firstReadable()) {
      return UNKNOWN_TERM;
    }
    if (index == 0) {
      return 0;
    }
    RaftLog inMemory = node.state().log();
    LogEntry entry = inMemory.getLogEntry(index);
    if (entry != null) {
      return entry.term();
    }
    if (index == inMemory.snapshotIndex()) {
      return inMemory.snapshot().term();
    }
    return index + 1 == store.firstReadable() ? store.lastGoneTerm() : log.read(index).term();
  }
}
