package io.kvorum.ops;

import io.kvorum.audit.AuditStats;
import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.grpc.ClientVersions;
import io.kvorum.grpc.RpcStats;
import io.kvorum.model.Alarm;
import io.kvorum.model.ClusterMember;
import io.kvorum.mvcc.StoreStats;
import io.kvorum.peer.PeerStats;
import io.kvorum.service.BackupStats;
import io.kvorum.service.LeaseService;
import io.kvorum.service.MaintenanceService;
import io.kvorum.service.PromotionStats;
import io.kvorum.support.MemoryBudget;
import io.kvorum.watch.WatchHub;
import java.util.List;
import java.util.Optional;

/**
 * The figures of a member, taken part by part at about one moment; the source of every exporter.
 * Immutable.
 *
 * <p>Held by: EtcdMetricsTest.
 */
public record MemberReport(
    long memberId,
    MaintenanceService.Status status,
    List<Alarm> alarms,
    ConsensusStatus consensus,
    StoreStats store,
    WatchHub.WatchStats watches,
    LeaseService.Stats leases,
    List<RpcStats> calls,
    List<ClientVersions.Stats> clientVersions,
    MemoryBudget.Stats memory,
    Timings.Report timings,
    HealthChecks.HealthStats health,
    List<ClusterMember> members,
    PeerStats peers,
    PromotionStats.Stats promotions,
    long authRevision,
    Optional<BackupStats> backups,
    EncryptionFigures encryption,
    Optional<AuditStats> audit,
    WorkFigures work) {
  public MemberReport {
    alarms = List.copyOf(alarms);
    calls = List.copyOf(calls);
    clientVersions = List.copyOf(clientVersions);
    members = List.copyOf(members);
  }

  /** The value of {@code raft.status} in etcd's {@code /debug/vars}. */
  String raftStatusJson() {
    return String.format(
        "{\"id\":\"%x\",\"term\":%d,\"commit\":%d,\"applied\":%d,\"lead\":\"%x\"}",
        memberId,
        consensus.term(),
        consensus.committedIndex(),
        consensus.appliedIndex(),
        consensus.leaderId());
  }

  /** Major and minor number of the version: what a cluster of such members agrees on. */
  String clusterVersion() {
    return clusterVersion(status.storageVersion());
  }

  static String clusterVersion(String version) {
    int end = version.indexOf('.', version.indexOf('.') + 1);
    return end < 0 ? version : version.substring(0, end);
  }
}
