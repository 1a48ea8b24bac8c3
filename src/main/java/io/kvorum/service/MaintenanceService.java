package io.kvorum.service;

import io.kvorum.apply.Alarms;
import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.model.Alarm;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreStats;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** etcd's Maintenance service, as far as it is built. Thread-safe. */
public final class MaintenanceService {
  private final MvccStore store;
  private final Consensus consensus;
  private final Proposals proposals;
  private final SpaceQuota quota;
  private final Alarms alarms;

  MaintenanceService(
      MvccStore store, Consensus consensus, Proposals proposals, SpaceQuota quota, Alarms alarms) {
    this.store = store;
    this.consensus = consensus;
    this.proposals = proposals;
    this.quota = quota;
    this.alarms = alarms;
  }

  /** What a member says of itself; sizes in bytes. */
  public record Status(
      String version,
      long dbSize,
      long dbSizeInUse,
      long dbSizeQuota,
      long leaderId,
      long raftIndex,
      long raftTerm,
      long raftAppliedIndex,
      List<String> errors,
      boolean isLearner,
      String storageVersion) {}

  public Status status() {
    ConsensusStatus raft = consensus.status();
    StoreStats figures = store.stats();
    return new Status(
        Version.SERVER,
        figures.allocatedBytes(),
        figures.usedBytes(),
        quota.bytes(),
        raft.leaderId(),
        raft.committedIndex(),
        raft.term(),
        raft.appliedIndex(),
        errors(raft),
        false,
        Version.STORAGE);
  }

  public List<Alarm> alarms() {
    return alarms.raised();
  }

  public CompletableFuture<List<Alarm>> raise(Alarm alarm) {
    return propose(new Command.AlarmRaise(alarm));
  }

  public CompletableFuture<List<Alarm>> clear(Alarm alarm) {
    return propose(new Command.AlarmClear(alarm));
  }

  private CompletableFuture<List<Alarm>> propose(Command command) {
    return proposals.propose(command, Result.Alarms.class).thenApply(Result.Alarms::alarms);
  }

  private List<String> errors(ConsensusStatus raft) {
    List<String> errors = new ArrayList<>();
    if (!raft.hasLeader()) {
      errors.add("etcdserver: no leader");
    }
    for (Alarm alarm : alarms.raised()) {
      errors.add(
          "memberID:" + Long.toUnsignedString(alarm.memberId()) + " alarm:" + alarm.kind() + " ");
    }
    return errors;
  }
}
