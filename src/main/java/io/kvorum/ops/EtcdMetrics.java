package io.kvorum.ops;

import io.kvorum.audit.AuditStats;
import io.kvorum.model.Alarm;
import io.kvorum.model.ApiVersion;
import io.kvorum.ops.Exposition.Type;
import io.kvorum.service.BackupStats;
import io.kvorum.service.PromotionStats;
import io.kvorum.support.MemoryBudget;
import io.kvorum.wire.ErrorTable;
import java.time.Duration;
import java.time.Instant;

/**
 * Writes a member's report under etcd's names and types, which dashboards and alerts know. Metrics
 * of etcd that have no counterpart here are left out. Stateless.
 */
public final class EtcdMetrics {
  /** The content type of the page. */
  static final String CONTENT_TYPE = Exposition.CONTENT_TYPE;

  private EtcdMetrics() {}

  /** The whole page: the report, and the figures of the process. */
  static String text(MemberReport report, Phase phase) {
    Exposition out = new Exposition();
    write(report, out);
    phase(phase, out);
    ProcessFigures.write(out);
    JvmFigures.write(out);
    return out.text();
  }

  /** The page while there is nothing to report on yet, or no more. */
  static String textWithoutReport(Phase phase) {
    Exposition out = new Exposition();
    out.gauge("etcd_server_has_leader", "1 if a leader is known.", false);
    out.gauge("etcd_server_is_leader", "1 if this member is the leader.", false);
    out.family("etcd_server_version", Type.GAUGE, "Version of this member, as a label.")
        .sample(1, "server_version", ApiVersion.SERVER);
    phase(phase, out);
    ProcessFigures.write(out);
    JvmFigures.write(out);
    return out.text();
  }

  private static void phase(Phase current, Exposition out) {
    out.family("kvorum_phase", Type.GAUGE, "1 for the phase that the member is in.");
    for (Phase phase : Phase.values()) {
      out.sample(phase == current ? 1 : 0, "phase", phase.label());
    }
  }

  static void write(MemberReport report, Exposition out) {
    identity(report, out);
    consensus(report, out);
    health(report.health(), out);
    store(report, out);
    watchesAndLeases(report, out);
    disk(report, out);
    WorkMetrics.write(report.work(), out);
    CallMetrics.write(report.calls(), report.clientVersions(), out);
    memory(report.memory(), out);
    report.backups().ifPresent(backups -> backups(backups, out));
    encryption(report.encryption(), out);
    report.audit().ifPresent(audit -> audit(audit, out));
    PeerMetrics.write(report, out);
  }

  private static void identity(MemberReport report, Exposition out) {
    out.family("etcd_cluster_version", Type.GAUGE, "Cluster version, as a label.")
        .sample(1, "cluster_version", report.clusterVersion());
    out.family("etcd_server_id", Type.GAUGE, "ID of this member in hexadecimal, as a label.")
        .sample(1, "server_id", memberIdOf(report.memberId()));
    out.family("etcd_server_version", Type.GAUGE, "Version of this member, as a label.")
        .sample(1, "server_version", report.status().version());
    out.gauge(
        "etcd_server_quota_backend_bytes",
        "Quota of the store in bytes.",
        report.status().dbSizeQuota());
    out.gauge(
        "etcd_debugging_auth_revision", "Revision of users and roles.", report.authRevision());
    out.family("etcd_debugging_server_alarms", Type.GAUGE, "Active alarms.");
    for (Alarm alarm : report.alarms()) {
      out.sample(1, "alarm_type", alarm.kind().name(), "server_id", memberIdOf(alarm.memberId()));
    }
  }

  private static String memberIdOf(long id) {
    return Long.toHexString(id);
  }

  private static void consensus(MemberReport report, Exposition out) {
    var consensus = report.consensus();
    out.gauge("etcd_server_has_leader", "1 if a leader is known.", consensus.hasLeader());
    out.gauge("etcd_server_is_leader", "1 if this member is the leader.", consensus.isLeader());
    out.gauge(
        "etcd_server_is_learner", "1 if this member is a learner.", report.status().isLearner());
    out.counter(
        "etcd_server_leader_changes_seen_total", "Leader changes seen.", consensus.leaderChanges());
    // Gauges in spite of their names, as in etcd: they start at the index of the log.
    out.gauge(
        "etcd_server_proposals_applied_total",
        "Index of the last applied proposal.",
        consensus.appliedIndex());
    out.gauge(
        "etcd_server_proposals_committed_total",
        "Index of the last committed proposal.",
        consensus.committedIndex());
    out.counter(
        "etcd_server_proposals_failed_total", "Failed proposals.", consensus.failedProposals());
    out.gauge(
        "etcd_server_proposals_pending",
        "Proposals waiting to be committed.",
        consensus.pendingProposals());
    out.counter(
        "etcd_server_read_indexes_failed_total",
        "Linearizable reads that failed, apart from those that timed out.",
        consensus.failedReads());
    out.counter(
        "etcd_server_slow_read_indexes_total",
        "Linearizable reads that timed out.",
        consensus.lateReads());
    promotions(report.promotions(), out);
  }

  private static void promotions(PromotionStats.Stats promotions, Exposition out) {
    out.counter(
        "etcd_server_learner_promote_successes",
        "Learners promoted while this member was the leader.",
        promotions.promoted());
    out.family(
        "etcd_server_learner_promote_failures",
        Type.COUNTER,
        "Rejected promotions of learners while this member was the leader, by reason.");
    promotions
        .refused()
        .forEach(
            (code, count) ->
                out.sample(
                    count, "Reason", String.valueOf(ErrorTable.statusOf(code).getDescription())));
  }

  private static void health(HealthChecks.HealthStats health, Exposition out) {
    out.counter(
        "etcd_server_health_success", "Health checks of /health that succeeded.", health.healthy());
    out.counter(
        "etcd_server_health_failures", "Health checks of /health that failed.", health.unhealthy());
    out.family("etcd_server_healthcheck", Type.GAUGE, "1 if the last run of the check succeeded.");
    health
        .checks()
        .forEach(
            (key, counts) ->
                out.sample(
                    counts.lastSucceeded() ? 1 : 0, "name", key.check(), "type", key.probe()));
    out.family("etcd_server_healthchecks_total", Type.COUNTER, "Runs of the check, by outcome.");
    health
        .checks()
        .forEach(
            (key, counts) -> {
              checkSample(out, key, "error", counts.failed());
              checkSample(out, key, "success", counts.succeeded());
            });
  }

  private static void checkSample(
      Exposition out, HealthChecks.CheckKey key, String status, long count) {
    out.sample(count, "name", key.check(), "status", status, "type", key.probe());
  }

  private static void store(MemberReport report, Exposition out) {
    var store = report.store();
    out.gauge(
        "etcd_debugging_mvcc_compact_revision",
        "Last compacted revision.",
        store.compactedRevision());
    out.gauge("etcd_debugging_mvcc_current_revision", "Current revision.", store.revision());
    out.counter(
        "etcd_debugging_mvcc_db_compaction_keys_total",
        "Versions of keys removed by compaction.",
        store.compactedKeys());
    out.counter("etcd_debugging_mvcc_events_total", "Events.", store.events());
    out.gauge("etcd_debugging_mvcc_keys_total", "Keys in the store.", store.keys());
    out.gauge(
        "etcd_mvcc_db_total_size_in_bytes",
        "Disk space allocated by the store.",
        store.allocatedBytes());
    out.gauge(
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "Disk space in use by the store.",
        store.heldBytes());
    out.counter("etcd_mvcc_delete_total", "Deletions.", store.deletes());
    out.counter("etcd_mvcc_put_total", "Puts.", store.puts());
    out.counter("etcd_mvcc_range_total", "Ranges.", store.ranges());
    out.counter("etcd_mvcc_txn_total", "Transactions.", store.txns());
  }

  private static void watchesAndLeases(MemberReport report, Exposition out) {
    var watches = report.watches();
    out.gauge(
        "etcd_debugging_mvcc_pending_events_total",
        "Events waiting to be sent.",
        watches.pendingEvents());
    out.gauge(
        "etcd_debugging_mvcc_slow_watcher_total",
        "Watchers that are behind.",
        watches.slowWatchers());
    out.gauge("etcd_debugging_mvcc_watch_stream_total", "Open watch streams.", watches.streams());
    out.gauge("etcd_debugging_mvcc_watcher_total", "Watchers.", watches.watchers());
    out.counter(
        "etcd_debugging_lease_renewed_total",
        "Lease renewals on this member.",
        report.leases().renewed());
    out.counter(
        "etcd_debugging_server_lease_expired_total", "Expired leases.", report.leases().expired());
  }

  private static void disk(MemberReport report, Exposition out) {
    Timings.Report timings = report.timings();
    out.histogram(
        "etcd_disk_wal_fsync_duration_seconds",
        "Duration of a sync of the write-ahead log.",
        timings.logFlushes());
    out.histogram(
        "etcd_disk_wal_write_duration_seconds",
        "Duration of writing an entry to the write-ahead log, without its sync.",
        timings.logAppends());
    out.gauge(
        "etcd_disk_wal_write_bytes_total",
        "Bytes written to the write-ahead log.",
        timings.logBytes());
    out.gauge(
        "kvorum_log_last_term",
        "Term of the last log entry, committed or not.",
        timings.logEnd().term());
    out.gauge(
        "kvorum_log_last_index",
        "Index of the last log entry, committed or not.",
        timings.logEnd().index());
    out.histogram(
        "etcd_disk_backend_commit_duration_seconds",
        "Duration of a transaction of the store on disk.",
        timings.historyCommits());
  }

  private static void memory(MemoryBudget.Stats memory, Exposition out) {
    out.gauge(
        "kvorum_client_memory_limit_bytes",
        "Most memory that requests and answers of clients may use.",
        memory.bytes());
    out.gauge(
        "kvorum_client_memory_used_bytes",
        "Memory that requests and answers of clients use.",
        memory.usedBytes());
    out.gauge(
        "kvorum_client_memory_waiting",
        "Requests that wait for memory that others use.",
        memory.waiting());
    out.counter(
        "kvorum_client_memory_refused_total",
        "Requests that were refused for lack of memory.",
        memory.refused());
  }

  private static void audit(AuditStats audit, Exposition out) {
    out.family("kvorum_audit_lines_total", Type.COUNTER, "Lines of the audit log, by outcome.")
        .sample(audit.dropped(), "result", "dropped")
        .sample(audit.written(), "result", "written");
  }

  private static void backups(BackupStats backups, Exposition out) {
    out.family("kvorum_backups_total", Type.COUNTER, "Scheduled backups, by outcome.")
        .sample(backups.abandoned(), "result", "abandoned")
        .sample(backups.failed(), "result", "failure")
        .sample(backups.succeeded(), "result", "success");
    out.gauge(
        "kvorum_backup_interval_seconds",
        "Time between two scheduled backups.",
        seconds(backups.interval()));
    Instant newest = backups.newest();
    out.gauge(
        "kvorum_backup_newest_timestamp_seconds",
        "Unix time of the state that the newest backup holds; 0 if there is none.",
        newest == null ? 0 : newest.getEpochSecond());
    out.gauge(
        "kvorum_backup_last_duration_seconds",
        "Duration of this member's last successful backup.",
        seconds(backups.lastDuration()));
    out.gauge(
        "kvorum_backup_last_bytes",
        "Size of this member's last successful backup.",
        backups.lastBytes());
  }

  private static void encryption(EncryptionFigures encryption, Exposition out) {
    out.family(
            "kvorum_encryption_key_info",
            Type.GAUGE,
            "The key that new data is encrypted with at rest; id \"\" if it is not.")
        .sample(1, "id", encryption.key().orElse(""));
    out.gauge(
        "kvorum_encryption_done_ratio",
        "Share of this member's data that is encrypted as new data is; 1 unless keys are being"
            + " rotated.",
        encryption.done());
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }
}
