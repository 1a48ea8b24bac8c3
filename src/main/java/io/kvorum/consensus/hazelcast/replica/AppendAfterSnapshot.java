package io.kvorum.consensus.hazelcast.replica;

import com.hazelcast.cp.internal.raft.impl.dto.AppendRequest;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import io.kvorum.consensus.hazelcast.core.RaftCore;
import java.util.Arrays;

/**
 * Handles appends that follow right after Hazelcast's snapshot while there are uncommitted entries
 * behind it. Hazelcast does not find the entry before them, since the snapshot has replaced it, and
 * refuses every such append; the follower would never catch up.
 *
 * <pre>
 *   here    snapshot at 7 | 8/3  9/3         uncommitted, of term 3
 *   leader          ... 7 | 8/4  9/4         "what comes after 7"
 * </pre>
 *
 * <p>The snapshot is committed, so it is the matching entry that the consistency check asks for
 * (§5.3, §7). Confined to the Raft thread. Held by: CoreSimulation.
 */
final class AppendAfterSnapshot {
  private final RaftCore core;

  AppendAfterSnapshot(RaftCore core) {
    this.core = core;
  }

  /**
   * @param request begins after an entry that is committed here, or later
   */
  void handle(AppendRequest request) {
    long previous = request.prevLogIndex();
    boolean isAfterSnapshot =
        previous > 0
            && previous == core.snapshotIndex()
            && previous < core.lastIndex()
            && !core.holds(previous);
    if (!isAfterSnapshot || request.term() < core.term()) {
      core.handle(request);
      return;
    }
    core.follow(request);
    if (request.entryCount() == 0) {
      // Up to the snapshot, which is committed, both logs are the same.
      core.acknowledge(request);
      return;
    }
    int known = countKnown(request);
    if (known == 0) {
      core.dropUncommittedFrom(previous + 1);
      core.handle(request);
    } else {
      core.handle(without(known, request));
    }
  }

  /** How many of the entries are here already: they begin the request. */
  private int countKnown(AppendRequest request) {
    int known = 0;
    for (LogEntry entry : request.entries()) {
      if (!core.holds(entry.index()) || core.termOf(entry.index()) != entry.term()) {
        break;
      }
      known++;
    }
    return known;
  }

  private static AppendRequest without(int known, AppendRequest request) {
    LogEntry[] entries = request.entries();
    return new AppendRequest(
        request.leader(),
        request.term(),
        entries[known - 1].term(),
        entries[known - 1].index(),
        request.leaderCommitIndex(),
        Arrays.copyOfRange(entries, known, entries.length),
        request.queryRound(),
        request.flowControlSequenceNumber());
  }
}
