package io.kvorum.consensus.hazelcast.core;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds the messages that carry entries to other members: from memory, or from the write-ahead log
 * once Hazelcast has released them. Where the log does not reach back far enough, the message tells
 * the member to fetch a snapshot.
 *
 * <p>Confined to the Raft thread. Held by: LearnerReplicationTest, ClusterSimulation.
 */
final class AppendBuilder {
  /** Bounds a message; one entry always fits. */
  private static final long MAX_BYTES = 1 << 20;

  private static final int MAX_ENTRIES = 500;

  private final RaftView core;
  private final WriteAheadLog log;
  private final RaftLogStore store;
  private final EntryCodec codec;

  AppendBuilder(LoopContext context, RaftView core) {
    this.core = core;
    this.log = context.ports().log();
    this.store = context.store();
    this.codec = context.codec();
  }

  /**
   * What a member needs whose next entry is {@code next}: entries up to {@code last}, as many as
   * one message takes.
   */
  PeerMessage from(long next, long last, long queryRound, long flowSequence) throws IOException {
    int previousTerm = termOf(next - 1);
    if (previousTerm == RaftView.UNKNOWN_TERM) {
      store.snapshotOffered();
      return new PeerMessage.SnapshotRequired(
          core.term(), store.firstReadable() - 1, queryRound, flowSequence);
    }
    return new PeerMessage.Append(
        core.term(),
        previousTerm,
        next - 1,
        core.commitIndex(),
        entries(next, last),
        queryRound,
        flowSequence);
  }

  /** The log is read many entries at a time, since the leader waits for each read. */
  private List<WriteAheadLog.Entry> entries(long next, long last) throws IOException {
    int most = (int) Math.max(0, Math.min(last - next + 1, MAX_ENTRIES));
    List<WriteAheadLog.Entry> entries = new ArrayList<>();
    long room = MAX_BYTES;
    while (entries.size() < most) {
      long index = next + entries.size();
      WriteAheadLog.Entry inMemory = core.entryInMemory(index, codec);
      List<WriteAheadLog.Entry> found =
          inMemory != null ? List.of(inMemory) : log.read(index, most - entries.size(), room);
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

  /** Unknown if the entry, or the one after it, is gone. */
  private int termOf(long index) throws IOException {
    if (index + 1 < store.firstReadable()) {
      return RaftView.UNKNOWN_TERM;
    }
    if (index == 0) {
      return 0;
    }
    int term = core.termOf(index);
    if (term != RaftView.UNKNOWN_TERM) {
      return term;
    }
    return index + 1 == store.firstReadable() ? store.lastDiscardedTerm() : log.read(index).term();
  }
}
