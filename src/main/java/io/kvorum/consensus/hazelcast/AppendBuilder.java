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
import org.jspecify.annotations.Nullable;

/**
 * Makes the messages that carry entries to other members: from memory, from the write-ahead log
 * where the engine has let go of them, and where that does not reach back far enough, the advice to
 * pull the state.
 *
 * <p>Confined to the engine thread.
 */
final class AppendBuilder {
  /** Bounds a message; one entry always fits. */
  private static final long MOST_BYTES = 1 << 20;

  private static final int MOST_ENTRIES = 500;

  private static final int UNKNOWN_TERM = -1;

  private final RaftNodeImpl node;
  private final WriteAheadLog log;
  private final RaftLogStore store;
  private final EntryCodec codec;

  AppendBuilder(RaftNodeImpl node, WriteAheadLog log, RaftLogStore store, EntryCodec codec) {
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
      store.tellsToPull();
      return new PeerMessage.SnapshotRequired(
          term, store.firstReadable() - 1, queryRound, flowSequence);
    }
    return new PeerMessage.Append(
        term,
        previousTerm,
        next - 1,
        node.state().commitIndex(),
        entries(next, last),
        queryRound,
        flowSequence);
  }

  /** What is not at hand is read many entries at a time: the leader waits for each read. */
  private List<WriteAheadLog.Entry> entries(long next, long last) throws IOException {
    int most = (int) Math.max(0, Math.min(last - next + 1, MOST_ENTRIES));
    List<WriteAheadLog.Entry> entries = new ArrayList<>();
    long room = MOST_BYTES;
    while (entries.size() < most) {
      WriteAheadLog.Entry atHand = atHand(next + entries.size());
      List<WriteAheadLog.Entry> found =
          atHand != null
              ? List.of(atHand)
              : log.read(next + entries.size(), most - entries.size(), room);
      for (WriteAheadLog.Entry entry : found) {
        room -= entry.payload().length;
        if (room < 0 && !entries.isEmpty()) {
          return entries;
        }
        entries.add(entry);
      }
    }
    return entries;
  }

  private WriteAheadLog.@Nullable Entry atHand(long index) {
    LogEntry entry = node.state().log().getLogEntry(index);
    if (entry == null) {
      return null;
    }
    byte[] payload =
        entry.operation() instanceof UpdateRaftGroupMembersCmd change
            ? codec.encodeGroup(GroupChange.of(change))
            : ((LogOperation) entry.operation()).payloadAtHand();
    return payload == null ? null : new WriteAheadLog.Entry(entry.index(), entry.term(), payload);
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
