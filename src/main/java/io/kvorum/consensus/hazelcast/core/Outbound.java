package io.kvorum.consensus.hazelcast.core;

import com.hazelcast.cp.internal.raft.impl.dto.AppendFailureResponse;
import com.hazelcast.cp.internal.raft.impl.dto.AppendRequest;
import com.hazelcast.cp.internal.raft.impl.dto.AppendSuccessResponse;
import com.hazelcast.cp.internal.raft.impl.dto.InstallSnapshot;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteResponse;
import com.hazelcast.cp.internal.raft.impl.dto.TriggerLeaderElection;
import com.hazelcast.cp.internal.raft.impl.dto.VoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.VoteResponse;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Translates Hazelcast's messages into ours and sends them, and sends entries to members that
 * Hazelcast does not know, or not yet.
 *
 * <p>Confined to the Raft thread. Held by: LearnerReplicationTest, ReadIndexTest,
 * ClusterSimulation.
 */
public final class Outbound {
  private final PeerTransport transport;
  private final RaftCore core;
  private final AppendBuilder appends;
  private final FailureLatch failure;

  /** Followers that have all entries, but not the latest commit index or round of reads. */
  private final Set<Long> withoutNews = new LinkedHashSet<>();

  private boolean isSendingNews;

  public Outbound(LoopContext context, RaftCore core) {
    this.transport = context.ports().transport();
    this.core = core;
    this.appends = new AppendBuilder(context, core);
    this.failure = context.failure();
  }

  public boolean send(PreVoteRequest request, long target) {
    return core.isSelfVoter()
        && transport.send(
            target,
            new PeerMessage.PreVoteRequest(
                request.nextTerm(), request.lastLogTerm(), request.lastLogIndex()));
  }

  public boolean send(PreVoteResponse response, long target) {
    return transport.send(
        target, new PeerMessage.PreVoteResponse(response.term(), response.granted()));
  }

  public boolean send(VoteRequest request, long target) {
    return core.isSelfVoter()
        && transport.send(
            target,
            new PeerMessage.VoteRequest(
                request.term(),
                request.lastLogTerm(),
                request.lastLogIndex(),
                request.isDisruptive()));
  }

  public boolean send(VoteResponse response, long target) {
    return transport.send(
        target, new PeerMessage.VoteResponse(response.term(), response.granted()));
  }

  public boolean send(TriggerLeaderElection request, long target) {
    return transport.send(
        target,
        new PeerMessage.TriggerElection(
            request.term(), request.lastLogTerm(), request.lastLogIndex()));
  }

  public boolean send(AppendSuccessResponse response, long target) {
    return transport.send(
        target,
        new PeerMessage.AppendSuccess(
            response.term(),
            response.lastLogIndex(),
            response.queryRound(),
            response.flowControlSequenceNumber()));
  }

  public boolean send(AppendFailureResponse response, long target) {
    return transport.send(
        target,
        new PeerMessage.AppendFailure(
            response.term(),
            response.expectedNextIndex(),
            core.lastIndex(),
            response.flowControlSequenceNumber()));
  }

  /**
   * Sends the entries, or fewer: Hazelcast continues from what is confirmed.
   *
   * <p>A follower that has all entries only lacks news: the commit index, and the round of reads.
   * News wait until the end of Hazelcast's round, since entries often follow at once and carry them
   * along.
   */
  public boolean send(AppendRequest request, long target) {
    if (request.entryCount() == 0 && !isSendingNews && hasAllEntries(request, target)) {
      withoutNews.add(target);
      return true;
    }
    withoutNews.remove(target);
    return sendEntries(
        target,
        request.prevLogIndex() + 1,
        request.prevLogIndex() + request.entryCount(),
        request.queryRound(),
        request.flowControlSequenceNumber());
  }

  private boolean hasAllEntries(AppendRequest request, long target) {
    long matchIndex = core.matchIndex(target);
    return matchIndex > 0 && matchIndex == request.prevLogIndex();
  }

  /** Sends the news that no entries have carried. To be called at the end of each round. */
  public void sendNews() {
    if (withoutNews.isEmpty()) {
      return;
    }
    List<Long> members = List.copyOf(withoutNews);
    withoutNews.clear();
    isSendingNews = true;
    for (long member : members) {
      if (core.isFollower(member)) {
        core.sendAppend(member);
      }
    }
    isSendingNews = false;
  }

  /**
   * Hazelcast no longer has the entries that the member needs next; the write-ahead log may still
   * have them. While it is unknown where the two logs part, a probe without entries is sent.
   */
  public boolean send(InstallSnapshot request, long target) {
    long next = core.nextIndex(target);
    boolean isProbe = core.matchIndex(target) == 0 && next > 1;
    return sendEntries(
        target,
        next,
        isProbe ? next - 1 : core.commitIndex(),
        request.queryRound(),
        request.flowControlSequenceNumber());
  }

  /**
   * Sends a member entries from {@code next} up to {@code last}, as many as fit into one message.
   */
  public boolean sendEntries(
      long target, long next, long last, long queryRound, long flowSequence) {
    try {
      return transport.send(target, appends.from(next, last, queryRound, flowSequence));
    } catch (IOException e) {
      failure.record(e);
      return false;
    }
  }
}
