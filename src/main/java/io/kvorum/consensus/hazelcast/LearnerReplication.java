package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.cp.internal.raft.impl.state.RaftState;
import io.kvorum.consensus.PeerMessage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sends committed entries to members that are not in the group of voters: learners, and voters that
 * have to catch up before they come in. The engine knows nothing of them.
 *
 * <p>For each, one message is under way at a time. Confined to the engine thread of the leader.
 */
final class LearnerReplication {
  private static final long PATIENCE_HEARTBEATS = 5;

  /** So many entries are sent within a fraction of an election. */
  private static final long NEARLY_LEVEL = 200;

  /** How far a member is. */
  private static final class Progress {
    private long nextIndex;
    private long matchIndex;
    private long flowSequence;
    private boolean isUnderWay;

    /** Whether what was sent last had more to offer than the news that the leader is there. */
    private boolean wasOffered;

    private boolean isStuck;

    /** Whether the last answer was to a message that held all that was committed by then. */
    private boolean isLevel;

    private long committedWhenSent;
    private long sentNanos;
    private boolean wasHeard;
    private long heardNanos;
  }

  private final RaftNodeImpl node;
  private final Outbound outbound;
  private final LoopRunner runner;
  private final long heartbeatNanos;
  private final Map<MemberEndpoint, Progress> members = new HashMap<>();

  LearnerReplication(RaftNodeImpl node, Outbound outbound, LoopRunner runner, long heartbeatNanos) {
    this.node = node;
    this.outbound = outbound;
    this.runner = runner;
    this.heartbeatNanos = heartbeatNanos;
  }

  /** These are to be fed from now on, and no others. */
  void feed(Set<MemberEndpoint> wanted) {
    members.keySet().retainAll(wanted);
    for (MemberEndpoint member : wanted) {
      if (!members.containsKey(member)) {
        Progress progress = new Progress();
        progress.nextIndex = node.state().commitIndex() + 1;
        members.put(member, progress);
        send(member, progress);
      }
    }
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  Set<MemberEndpoint> members() {
    return new HashSet<>(members.keySet());
  }

  /** How far the member is; -1 if it is not fed, or has not been heard of lately. */
  long matchIndexOf(MemberEndpoint member) {
    Progress progress = members.get(member);
    if (progress == null
        || !progress.wasHeard
        || runner.nanoTime() - progress.heardNanos > heartbeatNanos * PATIENCE_HEARTBEATS) {
      return -1;
    }
    return progress.matchIndex;
  }

  /**
   * Whether one message has lately brought the member everything there was: it lacks what was
   * committed while that went there and back. A bound by entries alone would let in who lacks
   * hundreds of MiB of them.
   */
  boolean isNearlyLevel(MemberEndpoint member) {
    Progress progress = members.get(member);
    return progress != null
        && progress.isLevel
        && matchIndexOf(member) >= 0
        && progress.matchIndex + NEARLY_LEVEL >= node.state().commitIndex();
  }

  /** Something was committed. */
  void advance() {
    long committed = node.state().commitIndex();
    members.forEach(
        (member, progress) -> {
          if (!progress.isUnderWay && !progress.isStuck && progress.nextIndex <= committed) {
            send(member, progress);
          }
        });
  }

  /** Heartbeats, and again what was not answered. */
  void tick() {
    long now = runner.nanoTime();
    members.forEach(
        (member, progress) -> {
          long patience = progress.isUnderWay ? PATIENCE_HEARTBEATS : 1;
          if (now - progress.sentNanos >= heartbeatNanos * patience) {
            send(member, progress);
          }
        });
  }

  /**
   * @return false if the member is none of those that are fed
   */
  boolean appendSuccess(MemberEndpoint member, PeerMessage.AppendSuccess success) {
    Progress progress = answered(member, success.flowSequence());
    if (progress != null) {
      // Who pulls the state acknowledges, but gets nowhere: heartbeats are enough for it.
      progress.isStuck = progress.wasOffered && success.lastIndex() <= progress.matchIndex;
      progress.matchIndex = Math.max(progress.matchIndex, success.lastIndex());
      progress.isLevel = success.lastIndex() >= progress.committedWhenSent;
      progress.nextIndex = progress.matchIndex + 1;
      advance();
    }
    return members.containsKey(member);
  }

  /**
   * @return false if the member is none of those that are fed
   */
  boolean appendFailure(MemberEndpoint member, PeerMessage.AppendFailure refusal) {
    Progress progress = answered(member, refusal.flowSequence());
    if (progress != null && refusal.term() == node.state().term()) {
      // It may have less than it once had: a learner may lose its disk.
      progress.matchIndex = Math.min(progress.matchIndex, refusal.lastIndex());
      progress.isLevel = false;
      progress.nextIndex = Math.max(1, Math.min(progress.nextIndex - 1, refusal.lastIndex() + 1));
      send(member, progress);
    }
    return members.containsKey(member);
  }

  /** A member that is connected anew need not wait for the time of an answer to run out. */
  void connected(MemberEndpoint member) {
    Progress progress = members.get(member);
    if (progress != null) {
      send(member, progress);
    }
  }

  private @Nullable Progress answered(MemberEndpoint member, long flowSequence) {
    Progress progress = members.get(member);
    if (progress == null || progress.flowSequence != flowSequence) {
      return null;
    }
    progress.isUnderWay = false;
    progress.wasHeard = true;
    progress.heardNanos = runner.nanoTime();
    return progress;
  }

  private void send(MemberEndpoint member, Progress progress) {
    RaftState state = node.state();
    progress.flowSequence++;
    progress.isStuck = false;
    progress.wasOffered = progress.nextIndex <= state.commitIndex();
    progress.committedWhenSent = state.commitIndex();
    progress.sentNanos = runner.nanoTime();
    progress.isUnderWay =
        outbound.sendEntries(
            member, progress.nextIndex, state.commitIndex(), 0, progress.flowSequence);
  }
}
