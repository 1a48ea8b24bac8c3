package io.kvorum.consensus.hazelcast.replica;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.hazelcast.core.FailureLatch;
import io.kvorum.consensus.hazelcast.core.LeadershipTransfer;
import io.kvorum.consensus.hazelcast.core.LoopContext;
import io.kvorum.consensus.hazelcast.core.RaftCore;
import io.kvorum.consensus.hazelcast.core.RaftLogStore;
import io.kvorum.consensus.hazelcast.core.RaftView;
import io.kvorum.consensus.hazelcast.core.ReadIndex;
import io.kvorum.consensus.hazelcast.proposal.PendingBatches;
import java.io.IOException;
import java.util.Map;

/**
 * Drives one {@link RaftCore} from recovery to replacement: delivers messages, gives batches and
 * reads to the leader, and does what Hazelcast leaves out. After each step of a leader what was
 * appended is flushed and counted, unless the member has failed.
 *
 * <p>Confined to the Raft thread. Held by: RaftConsensusTest, CoreSimulation, ClusterSimulation.
 */
public final class Replica {
  private final RaftCore core;
  private final FailureLatch failure;
  private final ReadIndex reads;
  private final RaftLogStore store;
  private final PendingBatches pending;
  private final LeadershipTransfer transfer;
  private final LearnerReplication learners;
  private final VoterReconfiguration reconfiguration;
  private final ElectionClock elections;
  private final LeaderAppender appender;
  private final Inbound inbound;

  public Replica(LoopContext context, RaftCore core, SnapshotRequests snapshots) {
    this.core = core;
    this.failure = context.failure();
    this.reads = context.reads();
    this.store = context.store();
    this.pending = context.pending();
    this.transfer = context.transfer();
    this.learners = new LearnerReplication(context, core);
    this.reconfiguration = new VoterReconfiguration(context, core, learners);
    this.elections = new ElectionClock(context, core);
    this.appender = new LeaderAppender(context, core);
    this.inbound = new Inbound(context, core, snapshots, learners, appender);
    pending.forgetUnsent();
    transfer.follow(core);
  }

  public RaftView core() {
    return core;
  }

  /** Whether the log does not hold that entry: neither it nor another one in its place. */
  public boolean lacks(long index, long term) {
    return !core.hasEnded() && (!core.holds(index) || core.termOf(index) != term);
  }

  /** Whether there is a member to send entries to. */
  public boolean hasReceivers() {
    return core.voterCount() > 1 || !learners.isEmpty();
  }

  /** False if a batch would have to wait: for a leader, or for the answers of followers. */
  public boolean takesBatches() {
    return core.isLeader() ? appender.canAppend() : hasOtherLeader() && !pending.isHeldUp();
  }

  /** False if a read would have to wait for a leader. */
  public boolean takesReads() {
    return core.isLeader() || hasOtherLeader();
  }

  private boolean hasOtherLeader() {
    return core.leaderId() != 0 && !core.hasEnded();
  }

  // ------------------------------------------------------------------ each round

  /**
   * Gives what waits to the leader, this member or another.
   *
   * @return whether there was anything
   */
  public boolean step() throws IOException {
    if (core.hasEnded()) {
      return false;
    }
    transfer.observe(core);
    boolean isAlone = core.isSoleVoter();
    if (isAlone) {
      flushAndAdvanceCommit(true);
    }
    boolean busy = core.isLeader() ? lead(isAlone) : follow();
    if (isAlone && learners.isEmpty()) {
      store.discardIfLarge(RaftLogStore.NO_RECEIVERS);
    }
    return busy;
  }

  private boolean lead(boolean isAlone) {
    reads.observeLeader(core.self(), core.term());
    boolean busy = appender.appendNext();
    flushAndAdvanceCommit(isAlone);
    if (!failure.isSet() && reads.hasNext()) {
      busy = true;
      reads.confirmWithFollowers(core);
      flushAndAdvanceCommit(isAlone);
    }
    learners.advance();
    transfer.advance(core);
    core.outbound().sendNews();
    return busy;
  }

  private boolean follow() {
    long leader = core.leaderId();
    int term = core.term();
    reads.observeLeader(leader, term);
    if (leader == 0) {
      return false;
    }
    boolean busy = pending.forwardNext(leader, term);
    if (reads.hasNext()) {
      busy = true;
      reads.confirmWithLeader(leader, term);
    }
    return busy;
  }

  /** After a failure nothing more is flushed or committed. */
  private void flushAndAdvanceCommit(boolean isAlone) {
    if (failure.isSet()) {
      return;
    }
    if (isAlone) {
      core.driveSoleVoter();
    } else {
      core.flushAndAdvanceCommit();
    }
  }

  // ------------------------------------------------------------------ what arrives

  /** A message of another member, whose identity the transport has checked. */
  public void received(long sender, PeerMessage message) {
    if (core.hasEnded()) {
      return;
    }
    boolean mayConfirmReads = inbound.receive(sender, message);
    if (core.isLeader()) {
      flushAndAdvanceCommit(false);
      if (mayConfirmReads && !failure.isSet()) {
        core.runConfirmedReads();
      }
    }
  }

  public void connected(long member) {
    if (core.hasEnded()) {
      return;
    }
    if (core.isLeader()) {
      core.sendAppendAgain(member);
      learners.connected(member);
      flushAndAdvanceCommit(false);
    } else if (member == core.leaderId()) {
      pending.forwardAgain(member, core.term());
    }
  }

  public void disconnected(long member) {
    reads.disconnected(member);
  }

  // ------------------------------------------------------------------ by the clock

  /** To be called several times in a heartbeat interval. */
  public void tick() throws IOException {
    if (core.hasEnded()) {
      return;
    }
    elections.tick();
    if (core.isLeader()) {
      reconfiguration.tick();
      learners.tick();
      flushAndAdvanceCommit(false);
    } else if (core.leaderId() != 0) {
      pending.forwardUnsent(core.leaderId(), core.term());
    }
    if (hasReceivers()) {
      store.discardIfLarge(core.isLeader() ? leastMatchIndex() : 0);
    }
  }

  private long leastMatchIndex() {
    return matchIndexes().values().stream().mapToLong(Long::longValue).min().orElse(0);
  }

  /** How far the other members are; empty unless this member leads. */
  public Map<Long, Long> matchIndexes() {
    if (!core.isLeader()) {
      return Map.of();
    }
    Map<Long, Long> indexes = core.matchIndexes();
    learners.addMatchIndexes(indexes);
    return indexes;
  }

  /** Begins to take part. */
  public void start() {
    core.start();
    if (!failure.isSet() && core.isSoleVoter()) {
      core.driveSoleVoter();
    }
  }

  /** Stops taking part. */
  public void end() {
    core.end();
  }
}
