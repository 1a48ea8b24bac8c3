package io.kvorum.boot;

import io.kvorum.audit.AuditLog;
import io.kvorum.audit.AuditStats;
import io.kvorum.boot.config.FeatureGates;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.ops.ApplyMeter;
import io.kvorum.ops.ClusterFigures;
import io.kvorum.ops.EncryptionFigures;
import io.kvorum.ops.WorkFigures;
import io.kvorum.peer.PeerStats;
import io.kvorum.peer.grpc.GrpcPeerTransport;
import io.kvorum.service.BackupStats;
import io.kvorum.service.PromotionStats;
import io.kvorum.service.ScheduledBackups;
import io.kvorum.service.Services;
import io.kvorum.wire.CallTimes;
import java.util.List;
import java.util.Optional;

/**
 * Gives the metrics their figures of the cluster. Thread-safe.
 *
 * <p>Held by: OpsEndpointsIT.
 */
record MemberFigures(
    MemberView table,
    GrpcPeerTransport transport,
    Services services,
    Optional<ScheduledBackups> scheduled,
    KeyRotation rotation,
    Optional<AuditLog> log,
    ApplyMeter applied,
    CallTimes calls,
    FeatureGates gates)
    implements ClusterFigures {
  @Override
  public List<ClusterMember> members() {
    return table.members();
  }

  @Override
  public PeerStats peers() {
    return transport.stats();
  }

  @Override
  public PromotionStats.Stats promotions() {
    return services.promotions();
  }

  @Override
  public long authRevision() {
    return services.auth().revision();
  }

  @Override
  public Optional<BackupStats> backups() {
    return scheduled.map(ScheduledBackups::stats);
  }

  @Override
  public EncryptionFigures encryption() {
    return rotation.figures();
  }

  @Override
  public Optional<AuditStats> audit() {
    return log.map(AuditLog::stats);
  }

  @Override
  public WorkFigures work() {
    return new WorkFigures(
        applied.report(), calls.times(), services.store().times(), features(gates));
  }

  private static List<WorkFigures.Feature> features(FeatureGates gates) {
    return gates.listed().stream()
        .map(gate -> new WorkFigures.Feature(gate.name(), gate.stage(), gate.isOn()))
        .toList();
  }
}
