package io.kvorum.consensus.hazelcast.replica;

import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.hazelcast.core.LoopContext;
import io.kvorum.consensus.hazelcast.core.RaftCore;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replicates committed entries to members that are not voters: learners, and voters that must catch
 * up before they are added (thesis §4.2.1). Hazelcast does not know them.
 *
 * <p>Each member has at most one message in flight. Confined to the Raft thread of the leader. Held
 * by: LearnerReplicationTest, ClusterSimulation.
 */
final class LearnerReplication {
  private static final long PATIENCE_HEARTBEATS = 5;

  /** So many entries are replicated within a fraction of an election timeout. */
  private static final long NEARLY_LEVEL_ENTRIES = 200;

  /** How far a member is. */
  private static final class Progress {
    private long nextIndex;
    private long matchIndex;
    private long flowSequence;
    private boolean isInFlight;

    /** Whether the last message offered entries, and not only a heartbeat. */
    private boolean wasOfferedEntries;

    private boolean isStuck;

    /** Whether the last answer was to a message that held all that was committed by then. */
    private boolean isLevel;

    private long committedWhenSent;
    private long sentNanos;
    private boolean hasAnswered;
    private long answeredNanos;
  }

  private final RaftCore core;
  private final LoopRunner runner;
  private final long heartbeatNanos;
  private final Map<Long, Progress> members = new HashMap<>();

  LearnerReplication(LoopContext context, RaftCore core) {
    this.core = core;
    this.runner = context.runner();
    this.heartbeatNanos = context.settings().heartbeatMillis() * 1_000_000;
  }

  /** Replicates to these members from now on, and to no others. */
  void replicateTo(Set<Long> wanted) {
    members.keySet().retainAll(wanted);
    for (long member : wanted) {
      if (!members.containsKey(member)) {
        Progress progress = new Progress();
        progress.nextIndex = core.commitIndex() + 1;
        members.put(member, progress);
        send(member, progress);
      }
    }
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  /** Adds the match index of each member; 0 for one that has not answered lately. */
  void addMatchIndexes(Map<Long, Long> indexes) {
    members.forEach(
        (member, progress) -> indexes.put(member, isLive(progress) ? progress.matchIndex : 0));
  }

  private boolean isLive(Progress progress) {
    return progress.hasAnswered
        && runner.nanoTime() - progress.answeredNanos <= heartbeatNanos * PATIENCE_HEARTBEATS;
  }

  /**
   * Whether one message has lately brought the member everything there was, so that it lacks only
   * what was committed during that round trip. A bound on entries alone would promote a member that
   * lacks hundreds of MiB.
   */
  boolean isNearlyLevel(long member) {
    Progress progress = members.get(member);
    return progress != null
        && progress.isLevel
        && isLive(progress)
        && progress.matchIndex + NEARLY_LEVEL_ENTRIES >= core.commitIndex();
  }

  /** To be called when entries may have been committed. */
  void advance() {
    if (members.isEmpty()) {
      return;
    }
    long committed = core.commitIndex();
    members.forEach(
        (member, progress) -> {
          if (!progress.isInFlight && !progress.isStuck && progress.nextIndex <= committed) {
            send(member, progress);
          }
        });
  }

  /** Sends heartbeats, and repeats what was not answered. */
  void tick() {
    long now = runner.nanoTime();
    members.forEach(
        (member, progress) -> {
          long patience = progress.isInFlight ? PATIENCE_HEARTBEATS : 1;
          if (now - progress.sentNanos >= heartbeatNanos * patience) {
            send(member, progress);
          }
        });
  }

  void appendSuccess(long member, PeerMessage.AppendSuccess success) {
    Progress progress = answered(member, success.flowSequence());
    if (progress != null) {
      // A member that fetches a snapshot acknowledges without advancing: heartbeats are enough.
      progress.isStuck = progress.wasOfferedEntries && success.lastIndex() <= progress.matchIndex;
      progress.matchIndex = Math.max(progress.matchIndex, success.lastIndex());
      progress.isLevel = success.lastIndex() >= progress.committedWhenSent;
      progress.nextIndex = progress.matchIndex + 1;
      advance();
    }
  }

  /**
   * Goes back to where the member's log ends.
   *
   * @return false if the member is none of those replicated to
   */
  boolean appendFailure(long member, PeerMessage.AppendFailure refusal) {
    Progress progress = answered(member, refusal.flowSequence());
    if (progress != null && refusal.term() == core.term()) {
      // It may have less than it once confirmed: a learner may lose its disk.
      progress.matchIndex = Math.min(progress.matchIndex, refusal.lastIndex());
      progress.isLevel = false;
      progress.nextIndex = Math.max(1, Math.min(progress.nextIndex - 1, refusal.lastIndex() + 1));
      send(member, progress);
    }
    return members.containsKey(member);
  }

  /** Sends at once to a member that has reconnected, without waiting for the lost answer. */
  void connected(long member) {
    Progress progress = members.get(member);
    if (progress != null) {
      send(member, progress);
    }
  }

  private @Nullable Progress answered(long member, long flowSequence) {
    Progress progress = members.get(member);
    if (progress == null || progress.flowSequence != flowSequence) {
      return null;
    }
    progress.isInFlight = false;
    progress.hasAnswered = true;
    progress.answeredNanos = runner.nanoTime();
    return progress;
  }

  private void send(long member, Progress progress) {
    long committed = core.commitIndex();
    progress.flowSequence++;
    progress.isStuck = false;
    progress.wasOfferedEntries = progress.nextIndex <= committed;
    progress.committedWhenSent = committed;
    progress.sentNanos = runner.nanoTime();
    progress.isInFlight =
        core.outbound()
            .sendEntries(member, progress.nextIndex, committed, 0, progress.flowSequence);
  }
}
