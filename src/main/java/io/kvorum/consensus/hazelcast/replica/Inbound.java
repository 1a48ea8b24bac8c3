package io.kvorum.consensus.hazelcast.replica;

import com.hazelcast.cp.internal.raft.impl.dto.AppendFailureResponse;
import com.hazelcast.cp.internal.raft.impl.dto.AppendRequest;
import com.hazelcast.cp.internal.raft.impl.dto.AppendSuccessResponse;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.PreVoteResponse;
import com.hazelcast.cp.internal.raft.impl.dto.TriggerLeaderElection;
import com.hazelcast.cp.internal.raft.impl.dto.VoteRequest;
import com.hazelcast.cp.internal.raft.impl.dto.VoteResponse;
import com.hazelcast.cp.internal.raft.impl.log.LogEntry;
import io.kvorum.consensus.DesiredVoters;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.core.FailureLatch;
import io.kvorum.consensus.hazelcast.core.LoopContext;
import io.kvorum.consensus.hazelcast.core.RaftCore;
import io.kvorum.consensus.hazelcast.core.RaftView;
import io.kvorum.consensus.hazelcast.core.ReadIndex;
import io.kvorum.consensus.hazelcast.log.EntryCodec;
import io.kvorum.consensus.hazelcast.log.LogOperation;
import io.kvorum.consensus.hazelcast.log.MemberEndpoint;
import io.kvorum.consensus.hazelcast.proposal.PendingBatches;
import io.kvorum.model.ErrorCode;
import io.kvorum.support.Log;
import java.io.IOException;
import java.util.List;

/**
 * Dispatches each message of another member to Hazelcast or to what is done beside it, and filters
 * out what Hazelcast mishandles:
 *
 * <ul>
 *   <li>Answers to what was sent in an earlier term are dropped (§5.1): Hazelcast would count them
 *       as acknowledgements of this term's log.
 *   <li>Entries that are committed here already are taken off an append, since Hazelcast may no
 *       longer have them in memory to compare. Where the two logs meet they must agree (§5.3): a
 *       leader with another entry there leads another cluster by now, and this member stops.
 *   <li>A member that does not know that it is a voter ignores votes: it would count them by the
 *       majority of a group that it is not in.
 *   <li>A refused pre-vote makes a later term known (§5.1).
 *   <li>Acknowledgements of members that Hazelcast does not know as voters belong to {@link
 *       LearnerReplication}.
 * </ul>
 *
 * <p>Confined to the Raft thread. Held by: DivergedLeaderTest, LearnerReplicationTest,
 * CoreSimulation.
 */
final class Inbound {
  private static final Log LOG = Log.of(Inbound.class);

  private final RaftCore core;
  private final EntryCodec codec;
  private final FailureLatch failure;
  private final PeerTransport transport;
  private final DesiredVoters desired;
  private final PendingBatches pending;
  private final ReadIndex reads;
  private final SnapshotRequests snapshots;
  private final LearnerReplication learners;
  private final LeaderAppender appender;
  private final AppendAfterSnapshot appends;

  Inbound(
      LoopContext context,
      RaftCore core,
      SnapshotRequests snapshots,
      LearnerReplication learners,
      LeaderAppender appender) {
    this.core = core;
    this.codec = context.codec();
    this.failure = context.failure();
    this.transport = context.ports().transport();
    this.desired = context.ports().desiredVoters();
    this.pending = context.pending();
    this.reads = context.reads();
    this.snapshots = snapshots;
    this.learners = learners;
    this.appender = appender;
    this.appends = new AppendAfterSnapshot(core);
  }

  /**
   * Handles a message; one that is malformed is logged and dropped.
   *
   * @return whether it may have confirmed a round of reads
   */
  boolean receive(long sender, PeerMessage message) {
    try {
      return message.accept(new Handler(sender));
    } catch (IllegalArgumentException e) {
      LOG.warning("dropped malformed message from {}: {}", desired.nameOf(sender), e.getMessage());
      return false;
    }
  }

  /** Handles one message; true if it may have confirmed a round of reads. */
  private final class Handler implements PeerMessage.Visitor<Boolean> {
    private final long sender;
    private final MemberEndpoint endpoint;

    private Handler(long sender) {
      this.sender = sender;
      this.endpoint = new MemberEndpoint(sender);
    }

    @Override
    public Boolean preVoteRequest(PeerMessage.PreVoteRequest request) {
      core.handle(
          new PreVoteRequest(
              endpoint, request.nextTerm(), request.lastLogTerm(), request.lastLogIndex()));
      return false;
    }

    /**
     * Takes over the later term of a refusal: Hazelcast would keep asking for its own next term,
     * and a member with the better log but an older term would never win. A refusal for the log
     * carries the term that was asked for, which is the next one.
     */
    @Override
    public Boolean preVoteResponse(PeerMessage.PreVoteResponse response) {
      boolean isOutdated = !response.isGranted() && response.term() > core.term() + 1;
      if (core.isSelfVoter() && isOutdated && core.isAskingForPreVotes()) {
        core.stepDown(response.term());
      } else if (core.isSelfVoter()) {
        core.handle(new PreVoteResponse(endpoint, response.term(), response.isGranted()));
      }
      return false;
    }

    @Override
    public Boolean voteRequest(PeerMessage.VoteRequest request) {
      core.handle(
          new VoteRequest(
              endpoint,
              request.term(),
              request.lastLogTerm(),
              request.lastLogIndex(),
              request.isDisruptive()));
      return false;
    }

    @Override
    public Boolean voteResponse(PeerMessage.VoteResponse response) {
      if (core.isSelfVoter()) {
        core.handle(new VoteResponse(endpoint, response.term(), response.isGranted()));
      }
      return false;
    }

    @Override
    public Boolean triggerElection(PeerMessage.TriggerElection request) {
      if (core.isSelfVoter()) {
        core.handle(
            new TriggerLeaderElection(
                endpoint, request.term(), request.lastLogTerm(), request.lastLogIndex()));
      }
      return false;
    }

    @Override
    public Boolean append(PeerMessage.Append append) {
      List<WriteAheadLog.Entry> entries = append.entries();
      long previousIndex = append.previousIndex();
      int previousTerm = append.previousTerm();
      long committed = core.commitIndex();
      if (previousIndex <= committed && append.term() >= core.term()) {
        int known = (int) Math.min(entries.size(), committed - previousIndex);
        int knownTerm = known == 0 ? previousTerm : entries.get(known - 1).term();
        if (!agrees(append.term(), previousIndex + known, knownTerm)) {
          return false;
        }
        if (previousIndex < committed) {
          entries = entries.subList(known, entries.size());
          previousIndex = committed;
          previousTerm = core.termOf(committed);
        }
      }
      LogEntry[] translated = new LogEntry[entries.size()];
      for (int i = 0; i < translated.length; i++) {
        WriteAheadLog.Entry entry = entries.get(i);
        translated[i] = new LogEntry(entry.term(), entry.index(), operationOf(entry.payload()));
      }
      appends.handle(
          new AppendRequest(
              endpoint,
              append.term(),
              previousTerm,
              previousIndex,
              append.committedIndex(),
              translated,
              append.queryRound(),
              append.flowSequence()));
      return false;
    }

    /**
     * Whether the leader has the same entry as this member at an index that is committed here; true
     * also if the entry is no longer in memory.
     */
    private boolean agrees(int leaderTerm, long index, int term) {
      int termHere = index == 0 ? RaftView.UNKNOWN_TERM : core.termOf(index);
      if (termHere == RaftView.UNKNOWN_TERM || termHere == term) {
        return true;
      }
      failure.record(
          new IOException(
              ("entry %d is committed here with term %d, but member %s, which leads term %d, has it"
                      + " with term %d: the members hold different histories")
                  .formatted(index, termHere, desired.nameOf(endpoint.id()), leaderTerm, term)));
      return false;
    }

    @Override
    public Boolean appendSuccess(PeerMessage.AppendSuccess success) {
      boolean isOfThisTerm = success.term() == core.term();
      if (core.isVoter(sender)) {
        if (isOfThisTerm) {
          core.handle(
              new AppendSuccessResponse(
                  endpoint,
                  success.term(),
                  success.lastIndex(),
                  success.queryRound(),
                  success.flowSequence()));
        }
      } else if (core.isLeader() && isOfThisTerm) {
        learners.appendSuccess(sender, success);
      }
      return true;
    }

    @Override
    public Boolean appendFailure(PeerMessage.AppendFailure refusal) {
      if (core.isVoter(sender)) {
        if (refusal.term() >= core.term()) {
          long expectedNext =
              core.skipBackTo(sender, refusal.lastIndex(), refusal.expectedNextIndex());
          core.handle(
              new AppendFailureResponse(
                  endpoint, refusal.term(), expectedNext, refusal.flowSequence()));
        }
      } else if (core.isLeader()
          && learners.appendFailure(sender, refusal)
          && refusal.term() > core.term()) {
        // A learner's later term must be taken over, or it never catches up; one of a member that
        // was removed is ignored, so that it disturbs no leader.
        LOG.info("stepping down: {} has a higher term", desired.nameOf(sender));
        core.stepDown(refusal.term());
      }
      return false;
    }

    /**
     * Acknowledges the leader, whatever entries it has, and fetches a snapshot if one is needed.
     */
    @Override
    public Boolean snapshotRequired(PeerMessage.SnapshotRequired required) {
      boolean unused =
          append(
              new PeerMessage.Append(
                  required.term(),
                  0,
                  0,
                  0,
                  List.of(),
                  required.queryRound(),
                  required.flowSequence()));
      if (required.term() == core.term() && core.commitIndex() < required.index()) {
        snapshots.request(sender, required.index());
      }
      return false;
    }

    @Override
    public Boolean forward(PeerMessage.Forward forward) {
      appender.receive(sender, forward);
      return false;
    }

    @Override
    public Boolean forwardRefused(PeerMessage.ForwardRefused refused) {
      if (refused.origin() == pending.origin()) {
        pending.refused(refused.sequence(), refused.reason());
      }
      return false;
    }

    @Override
    public Boolean readIndexRequest(PeerMessage.ReadIndexRequest request) {
      if (core.isLeader()) {
        reads.enqueue(sender, request);
      } else {
        boolean unused =
            transport.send(
                sender,
                new PeerMessage.ReadIndexRefused(
                    request.origin(), request.sequence(), ErrorCode.NOT_LEADER));
      }
      return false;
    }

    @Override
    public Boolean readIndexResponse(PeerMessage.ReadIndexResponse response) {
      reads.answered(sender, response);
      return false;
    }

    @Override
    public Boolean readIndexRefused(PeerMessage.ReadIndexRefused refused) {
      reads.refused(sender, refused);
      return false;
    }
  }

  /**
   * @throws IllegalArgumentException if the bytes have no form that is known here
   */
  private Object operationOf(byte[] payload) {
    return codec.isVoters(payload)
        ? codec.decodeVoters(payload).toCommand()
        : LogOperation.received(payload);
  }
}
