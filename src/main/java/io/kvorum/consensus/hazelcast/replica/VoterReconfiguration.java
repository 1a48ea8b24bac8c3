package io.kvorum.consensus.hazelcast.replica;

import io.kvorum.consensus.DesiredVoters;
import io.kvorum.consensus.LoopRunner;
import io.kvorum.consensus.hazelcast.core.FailureLatch;
import io.kvorum.consensus.hazelcast.core.HazelcastErrors;
import io.kvorum.consensus.hazelcast.core.LeadershipTransfer;
import io.kvorum.consensus.hazelcast.core.LoopContext;
import io.kvorum.consensus.hazelcast.core.RaftCore;
import io.kvorum.support.Log;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Makes the voters follow the replicated list of members, one voter at a time (thesis §4.1): first
 * removals, then additions of members that have caught up. Until then a new voter is replicated to
 * like a learner, so that a member that was added but never started costs no majority.
 *
 * <p>A leader that is to be removed first transfers leadership (thesis §4.2.2).
 *
 * <p>Confined to the Raft thread of the leader. Held by: LearnerReplicationTest,
 * LeadershipTransferTest, ClusterSimulation.
 */
final class VoterReconfiguration {
  private static final Log LOG = Log.of(VoterReconfiguration.class);

  /** Between two transfers that fail the leader serves: during a transfer nothing is written. */
  private static final long TRANSFER_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final RaftCore core;
  private final DesiredVoters desired;
  private final LearnerReplication learners;
  private final LeadershipTransfer transfer;
  private final FailureLatch failure;
  private final LoopRunner runner;
  private boolean isChanging;
  private long nextTransferNanos;

  VoterReconfiguration(LoopContext context, RaftCore core, LearnerReplication learners) {
    this.core = core;
    this.desired = context.ports().desiredVoters();
    this.learners = learners;
    this.transfer = context.transfer();
    this.failure = context.failure();
    this.runner = context.runner();
    this.nextTransferNanos = runner.nanoTime();
  }

  /** To be called a few times in each heartbeat interval while this member leads. */
  void tick() {
    Set<Long> wanted = desired.voters();
    replicateToOthers(wanted);
    if (wanted.isEmpty() || isChanging || !core.mayChangeVoters()) {
      return;
    }
    long leaver = nextToRemove(wanted);
    if (leaver != 0 && remove(leaver)) {
      return;
    }
    for (long comer : new TreeSet<>(wanted)) {
      if (!core.isVoter(comer) && learners.isNearlyLevel(comer)) {
        LOG.info("adding voter {}", desired.nameOf(comer));
        change(comer, true);
        return;
      }
    }
  }

  private void replicateToOthers(Set<Long> wanted) {
    Set<Long> others = new LinkedHashSet<>(new TreeSet<>(desired.learners()));
    others.addAll(new TreeSet<>(wanted));
    others.removeIf(member -> core.isVoter(member) || member == core.self());
    learners.replicateTo(others);
  }

  /** Others before this leader, which must find a successor first; 0 if none. */
  private long nextToRemove(Set<Long> wanted) {
    boolean isSelfLeaving = false;
    for (long voter : core.voters()) {
      if (!wanted.contains(voter)) {
        if (voter != core.self()) {
          return voter;
        }
        isSelfLeaving = true;
      }
    }
    return isSelfLeaving ? core.self() : 0;
  }

  /**
   * @return false if it must wait: this leader is to be removed, and no other member can lead
   */
  private boolean remove(long leaver) {
    if (leaver != core.self()) {
      LOG.info("removing voter {}", desired.nameOf(leaver));
      change(leaver, false);
      return true;
    }
    if (transfer.bestSuccessor(core) == 0 || runner.nanoTime() - nextTransferNanos < 0) {
      return false;
    }
    LOG.info("this leader is being removed; transferring leadership");
    CompletableFuture<Void> transferred = new CompletableFuture<>();
    var unused =
        transferred.whenComplete(
            (nothing, refusal) -> {
              if (refusal != null) {
                nextTransferNanos = runner.nanoTime() + TRANSFER_PAUSE_NANOS;
              }
            });
    transfer.beginToBest(core, transferred);
    return true;
  }

  private void change(long member, boolean isAddition) {
    isChanging = true;
    var unused =
        core.changeVoters(member, isAddition)
            .whenComplete(
                (index, refusal) -> {
                  isChanging = false;
                  if (refusal != null && HazelcastErrors.codeOf(refusal) == null) {
                    failure.record(refusal);
                  }
                });
  }
}
