package io.kvorum.service;

import io.kvorum.apply.Alarms;
import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.membership.MemberView;
import io.kvorum.model.Alarm;
import io.kvorum.model.ApiVersion;
import io.kvorum.model.Command;
import io.kvorum.model.Downgrade;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreStats;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Serves etcd's Maintenance service, as far as it is built. Thread-safe; nothing blocks.
 *
 * <p>Held by: ClusterServiceTest, JsonMaintenanceIT, EtcdctlMemberIT.
 */
public final class MaintenanceService {
  private final MvccStore store;
  private final Consensus consensus;
  private final Proposals proposals;
  private final SpaceQuota quota;
  private final Alarms alarms;
  private final MemberView members;
  private final DowngradeService downgrades;
  private final long selfId;

  MaintenanceService(
      long selfId,
      MvccStore store,
      Alarms alarms,
      MemberView members,
      SpaceQuota quota,
      Consensus consensus,
      Proposals proposals,
      DowngradeService downgrades) {
    this.selfId = selfId;
    this.store = store;
    this.alarms = alarms;
    this.members = members;
    this.quota = quota;
    this.consensus = consensus;
    this.proposals = proposals;
    this.downgrades = downgrades;
  }

  /**
   * The status of this member.
   *
   * @param dbSize in bytes, as the other sizes
   * @param leaderId 0 if there is no leader
   */
  public record Status(
      String version,
      long dbSize,
      long dbSizeInUse,
      long dbSizeQuota,
      long leaderId,
      long raftIndex,
      long raftTerm,
      long raftAppliedIndex,
      List<Alarm> alarms,
      boolean isLearner,
      Downgrade downgrade) {

    /** The version that the cluster is of, and what it stores. */
    public String storageVersion() {
      return downgrade.clusterVersion();
    }
  }

  public Status status() {
    ConsensusStatus raft = consensus.status();
    StoreStats figures = store.stats();
    return new Status(
        ApiVersion.SERVER,
        Math.max(figures.allocatedBytes(), quota.heldBytes()),
        quota.heldBytes(),
        quota.bytes(),
        raft.leaderId(),
        raft.committedIndex(),
        raft.term(),
        raft.appliedIndex(),
        alarms.active(),
        members.isLearner(selfId),
        downgrades.current());
  }

  /** Checks, begins and ends downgrades of the cluster. */
  public DowngradeService downgrades() {
    return downgrades;
  }

  /** The active alarms, as far as this member knows. */
  public List<Alarm> alarms() {
    return alarms.active();
  }

  /** The active alarms, after a read barrier. */
  public CompletableFuture<List<Alarm>> currentAlarms() {
    return consensus.readIndex().thenApply(confirmed -> alarms.active());
  }

  public CompletableFuture<List<Alarm>> activate(Alarm alarm) {
    return propose(new Command.AlarmActivate(alarm));
  }

  public CompletableFuture<List<Alarm>> deactivate(Alarm alarm) {
    return propose(new Command.AlarmDeactivate(alarm));
  }

  /**
   * Transfers leadership; does nothing if the target is the leader already.
   *
   * <p>Fails with NOT_LEADER on any other member than the leader, and with BAD_LEADER_TRANSFEREE
   * for a target that does not vote.
   */
  public CompletableFuture<Void> moveLeader(long targetId) {
    if (!consensus.status().isLeader()) {
      throw new RequestException(ErrorCode.NOT_LEADER);
    }
    if (!members.voters().contains(targetId)) {
      throw new RequestException(ErrorCode.BAD_LEADER_TRANSFEREE);
    }
    return targetId == selfId
        ? CompletableFuture.completedFuture(null)
        : consensus.transferLeadership(targetId);
  }

  private CompletableFuture<List<Alarm>> propose(Command command) {
    return proposals.propose(command, Result.Alarms.class).thenApply(Result.Alarms::alarms);
  }
}
