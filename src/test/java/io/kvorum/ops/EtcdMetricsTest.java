package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.kvorum.audit.AuditStats;
import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.grpc.ClientVersions;
import io.kvorum.grpc.RpcStats;
import io.kvorum.meter.Histogram;
import io.kvorum.meter.OutcomeHistograms;
import io.kvorum.model.Alarm;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Downgrade;
import io.kvorum.model.ErrorCode;
import io.kvorum.mvcc.StoreStats;
import io.kvorum.peer.PeerStats;
import io.kvorum.service.BackupStats;
import io.kvorum.service.LeaseService;
import io.kvorum.service.MaintenanceService;
import io.kvorum.service.PromotionStats;
import io.kvorum.service.StoreService;
import io.kvorum.support.MemoryBudget;
import io.kvorum.watch.WatchHub;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EtcdMetricsTest {
  private static final long MEMBER = 0x8e9e05c52164694dL;
  private static final long OTHER = 0x0d64f3269L;

  /** Names and types as etcd has them, and those of ours, of everything that is shown. */
  private static final Map<String, String> ETCD =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("etcd_cluster_version", "gauge"),
              Map.entry("grpc_server_handling_seconds", "histogram"),
              Map.entry("etcd_server_slow_apply_total", "counter"),
              Map.entry("etcd_server_request_duration_seconds", "histogram"),
              Map.entry("etcd_server_feature_enabled", "gauge"),
              Map.entry("etcd_server_apply_duration_seconds", "histogram"),
              Map.entry("etcd_mvcc_hash_rev_duration_seconds", "histogram"),
              Map.entry("etcd_mvcc_hash_duration_seconds", "histogram"),
              Map.entry("etcd_disk_wal_write_duration_seconds", "histogram"),
              Map.entry("etcd_disk_defrag_inflight", "gauge"),
              Map.entry("etcd_disk_backend_defrag_duration_seconds", "histogram"),
              Map.entry("etcd_debugging_lease_ttl_total", "histogram"),
              Map.entry("etcd_debugging_lease_revoked_total", "counter"),
              Map.entry("etcd_debugging_lease_granted_total", "counter"),
              Map.entry("etcd_debugging_auth_revision", "gauge"),
              Map.entry("etcd_debugging_lease_renewed_total", "counter"),
              Map.entry("etcd_debugging_mvcc_compact_revision", "gauge"),
              Map.entry("etcd_debugging_mvcc_current_revision", "gauge"),
              Map.entry("etcd_debugging_mvcc_db_compaction_keys_total", "counter"),
              Map.entry("etcd_debugging_mvcc_events_total", "counter"),
              Map.entry("etcd_debugging_mvcc_keys_total", "gauge"),
              Map.entry("etcd_debugging_mvcc_pending_events_total", "gauge"),
              Map.entry("etcd_debugging_mvcc_slow_watcher_total", "gauge"),
              Map.entry("etcd_debugging_mvcc_watch_stream_total", "gauge"),
              Map.entry("etcd_debugging_mvcc_watcher_total", "gauge"),
              Map.entry("etcd_debugging_server_alarms", "gauge"),
              Map.entry("etcd_debugging_server_lease_expired_total", "counter"),
              Map.entry("etcd_disk_backend_commit_duration_seconds", "histogram"),
              Map.entry("etcd_disk_wal_fsync_duration_seconds", "histogram"),
              Map.entry("etcd_disk_wal_write_bytes_total", "gauge"),
              Map.entry("etcd_mvcc_db_total_size_in_bytes", "gauge"),
              Map.entry("etcd_mvcc_db_total_size_in_use_in_bytes", "gauge"),
              Map.entry("etcd_mvcc_delete_total", "counter"),
              Map.entry("etcd_mvcc_put_total", "counter"),
              Map.entry("etcd_mvcc_range_total", "counter"),
              Map.entry("etcd_mvcc_txn_total", "counter"),
              Map.entry("etcd_network_client_grpc_received_bytes_total", "counter"),
              Map.entry("etcd_network_client_grpc_sent_bytes_total", "counter"),
              Map.entry("etcd_network_active_peers", "gauge"),
              Map.entry("etcd_network_disconnected_peers_total", "counter"),
              Map.entry("etcd_network_known_peers", "gauge"),
              Map.entry("etcd_network_peer_received_bytes_total", "counter"),
              Map.entry("etcd_network_peer_received_failures_total", "counter"),
              Map.entry("etcd_network_peer_round_trip_time_seconds", "histogram"),
              Map.entry("etcd_network_peer_sent_bytes_total", "counter"),
              Map.entry("etcd_network_peer_sent_failures_total", "counter"),
              Map.entry("etcd_network_snapshot_receive_failures", "counter"),
              Map.entry("etcd_network_snapshot_receive_inflights_total", "gauge"),
              Map.entry("etcd_network_snapshot_receive_success", "counter"),
              Map.entry("etcd_network_snapshot_receive_total_duration_seconds", "histogram"),
              Map.entry("etcd_network_snapshot_send_failures", "counter"),
              Map.entry("etcd_network_snapshot_send_inflights_total", "gauge"),
              Map.entry("etcd_network_snapshot_send_success", "counter"),
              Map.entry("etcd_network_snapshot_send_total_duration_seconds", "histogram"),
              Map.entry("etcd_server_learner_promote_failures", "counter"),
              Map.entry("etcd_server_learner_promote_successes", "counter"),
              Map.entry("kvorum_audit_lines_total", "counter"),
              Map.entry("kvorum_backup_interval_seconds", "gauge"),
              Map.entry("kvorum_backup_last_bytes", "gauge"),
              Map.entry("kvorum_backup_last_duration_seconds", "gauge"),
              Map.entry("kvorum_backup_newest_timestamp_seconds", "gauge"),
              Map.entry("kvorum_backups_total", "counter"),
              Map.entry("kvorum_client_memory_limit_bytes", "gauge"),
              Map.entry("kvorum_encryption_done_ratio", "gauge"),
              Map.entry("kvorum_encryption_key_info", "gauge"),
              Map.entry("kvorum_client_memory_refused_total", "counter"),
              Map.entry("kvorum_client_memory_used_bytes", "gauge"),
              Map.entry("kvorum_client_memory_waiting", "gauge"),
              Map.entry("kvorum_log_last_index", "gauge"),
              Map.entry("kvorum_log_last_term", "gauge"),
              Map.entry("kvorum_state_receive_bytes", "gauge"),
              Map.entry("kvorum_state_receive_expected_bytes", "gauge"),
              Map.entry("kvorum_state_send_bytes", "gauge"),
              Map.entry("kvorum_state_send_expected_bytes", "gauge"),
              Map.entry("etcd_server_client_requests_total", "counter"),
              Map.entry("etcd_server_has_leader", "gauge"),
              Map.entry("etcd_server_health_failures", "counter"),
              Map.entry("etcd_server_health_success", "counter"),
              Map.entry("etcd_server_healthcheck", "gauge"),
              Map.entry("etcd_server_healthchecks_total", "counter"),
              Map.entry("etcd_server_id", "gauge"),
              Map.entry("etcd_server_is_leader", "gauge"),
              Map.entry("etcd_server_is_learner", "gauge"),
              Map.entry("etcd_server_leader_changes_seen_total", "counter"),
              Map.entry("etcd_server_proposals_applied_total", "gauge"),
              Map.entry("etcd_server_proposals_committed_total", "gauge"),
              Map.entry("etcd_server_proposals_failed_total", "counter"),
              Map.entry("etcd_server_proposals_pending", "gauge"),
              Map.entry("etcd_server_quota_backend_bytes", "gauge"),
              Map.entry("etcd_server_read_indexes_failed_total", "counter"),
              Map.entry("etcd_server_slow_read_indexes_total", "counter"),
              Map.entry("etcd_server_version", "gauge"),
              Map.entry("grpc_server_handled_total", "counter"),
              Map.entry("grpc_server_msg_received_total", "counter"),
              Map.entry("grpc_server_msg_sent_total", "counter"),
              Map.entry("grpc_server_started_total", "counter")));

  private static ClusterMember member(long id, String name) {
    return new ClusterMember(id, name, List.of("http://127.0.0.1:2380"), List.of(), false);
  }

  private static PeerStats peers() {
    Histogram roundTrips = Histogram.ofRoundTrips();
    roundTrips.record(TimeUnit.MICROSECONDS.toNanos(300));
    Histogram transfers = Histogram.ofTransfers();
    transfers.record(TimeUnit.MILLISECONDS.toNanos(150));
    return new PeerStats(
        List.of(
            new PeerStats.OtherMember(
                OTHER, 1000, 10, 2000, 20, 3, 4, true, 5, 7, roundTrips.snapshot(), null)),
        new PeerStats.Transfers(
            List.of(new PeerStats.Transfer(OTHER, 1, 2, 1, 300, 400, transfers.snapshot())),
            List.of(new PeerStats.Transfer(OTHER, 3, 4, 0, 500, 600, transfers.snapshot()))));
  }

  static MemberReport report() {
    Histogram handling = Histogram.ofHandling();
    handling.record(TimeUnit.MILLISECONDS.toNanos(20));
    Timings timings = new Timings();
    timings.appended(11440, TimeUnit.MICROSECONDS.toNanos(300));
    timings.logEndsWith(63, 2);
    timings.logFlushed(TimeUnit.MICROSECONDS.toNanos(700));
    timings.historyCommitted(TimeUnit.MILLISECONDS.toNanos(3));
    return new MemberReport(
        MEMBER,
        new MaintenanceService.Status(
            "3.7.1",
            893461,
            893000,
            2147483648L,
            MEMBER,
            62,
            2,
            62,
            List.of(),
            false,
            Downgrade.NONE),
        List.of(new Alarm(MEMBER, Alarm.Kind.NOSPACE)),
        new ConsensusStatus(2, MEMBER, true, 62, 61, 3, 4, 6, 7, 1),
        new StoreStats(50, 20, 7, 40, 5, 100, 6, 45, 8, 893461, 893000, 0, 9, 10),
        new WatchHub.WatchStats(1, 2, 3, 4),
        new LeaseService.Stats(5, 6, 7),
        List.of(
            new RpcStats(
                "etcdserverpb.KV",
                "Put",
                MethodType.UNARY,
                42,
                Map.of(Status.Code.OK, 40L, Status.Code.RESOURCE_EXHAUSTED, 2L),
                42,
                40,
                4200,
                1000,
                Optional.of(handling.snapshot()))),
        List.of(
            new ClientVersions.Stats(false, "unknown", 2),
            new ClientVersions.Stats(true, "3.7.0", 40)),
        new MemoryBudget.Stats(1000, 300, 2, 5),
        timings.report(),
        new HealthChecks.HealthStats(
            3,
            1,
            Map.of(
                new HealthChecks.CheckKey("readyz", "linearizable_read"),
                new HealthChecks.Counts(2, 1, false))),
        List.of(member(MEMBER, "m1"), member(OTHER, "m2")),
        peers(),
        new PromotionStats.Stats(2, Map.of(ErrorCode.LEARNER_NOT_READY, 3L)),
        9,
        Optional.of(
            new BackupStats(
                Duration.ofHours(6),
                4,
                2,
                1,
                Instant.ofEpochSecond(1_795_000_000),
                Duration.ofMillis(1250),
                5_308_448)),
        new EncryptionFigures(Optional.of("k2"), 0.25),
        Optional.of(new AuditStats(100, 3)),
        work());
  }

  private static WorkFigures work() {
    Histogram applied = Histogram.ofApplies();
    applied.record(TimeUnit.MILLISECONDS.toNanos(150));
    Histogram requests = Histogram.ofRequests();
    requests.record(TimeUnit.MILLISECONDS.toNanos(3));
    Histogram.Snapshot none = Histogram.ofApplies().snapshot();
    return new WorkFigures(
        new ApplyMeter.Report(
            Map.of("Put", new OutcomeHistograms.Snapshot(applied.snapshot(), none)),
            1,
            8,
            3,
            Histogram.ofTimesToLive().snapshot()),
        Map.of(
            "Range",
            new OutcomeHistograms.Snapshot(requests.snapshot(), Histogram.ofRequests().snapshot())),
        new StoreService.Times(
            Histogram.ofHashes().snapshot(),
            Histogram.ofHashes().snapshot(),
            Histogram.ofDefragmentations().snapshot(),
            true),
        List.of(
            new WorkFigures.Feature("AllAlpha", "ALPHA", false),
            new WorkFigures.Feature("FastLeaseKeepAlive", "BETA", true)));
  }

  @Test
  void workIsShownByKindAndOutcomeAndOnlyWhatHasOccurred() {
    assertThat(lines())
        .contains(
            "etcd_server_apply_duration_seconds_bucket{op=\"Put\",success=\"true\",version=\"v3\","
                + "le=\"0.1024\"} 0",
            "etcd_server_apply_duration_seconds_bucket{op=\"Put\",success=\"true\",version=\"v3\","
                + "le=\"0.2048\"} 1",
            "etcd_server_request_duration_seconds_count{success=\"true\",type=\"Range\"} 1",
            "etcd_server_slow_apply_total 1",
            "etcd_debugging_lease_granted_total 8",
            "etcd_debugging_lease_revoked_total 3",
            "etcd_disk_defrag_inflight 1",
            "etcd_server_feature_enabled{name=\"AllAlpha\",stage=\"ALPHA\"} 0",
            "etcd_server_feature_enabled{name=\"FastLeaseKeepAlive\",stage=\"BETA\"} 1")
        .noneMatch(line -> line.startsWith("etcd_server_apply") && line.contains("\"false\""));
  }

  @Test
  void theHandlingTimesOfMethodsAreShownIfTheyAreMeasured() {
    assertThat(lines())
        .contains(
            "grpc_server_handling_seconds_bucket{grpc_method=\"Put\","
                + "grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\",le=\"0.025\"} 1",
            "grpc_server_handling_seconds_sum{grpc_method=\"Put\","
                + "grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 0.02");
  }

  private static List<String> lines() {
    return lines(report());
  }

  private static List<String> lines(MemberReport report) {
    Exposition out = new Exposition();
    EtcdMetrics.write(report, out);
    return out.text().lines().toList();
  }

  @Test
  void namesAndTypesAreEtcds() {
    Map<String, String> types = new TreeMap<>();
    for (String line : lines()) {
      if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ");
        assertThat(types.put(words[2], words[3])).as("a second %s", words[2]).isNull();
      }
    }
    assertThat(types).isEqualTo(ETCD);
  }

  @Test
  void everyFamilyHasHelpAndASample() {
    List<String> lines = lines();
    for (String name : ETCD.keySet()) {
      assertThat(lines).anyMatch(line -> line.matches("# HELP " + name + " \\S.*"));
      assertThat(lines).anyMatch(line -> line.matches(name + "(_bucket)?(\\{.*})? [-+.e0-9]+"));
    }
  }

  @Test
  void figuresComeFromTheReport() {
    assertThat(lines())
        .contains(
            "etcd_cluster_version{cluster_version=\"3.7\"} 1",
            "etcd_server_id{server_id=\"8e9e05c52164694d\"} 1",
            "etcd_server_version{server_version=\"3.7.1\"} 1",
            "etcd_server_has_leader 1",
            "etcd_server_is_leader 1",
            "etcd_server_is_learner 0",
            "etcd_server_proposals_applied_total 61",
            "etcd_server_proposals_committed_total 62",
            "kvorum_log_last_term 2",
            "kvorum_log_last_index 63",
            "kvorum_client_memory_limit_bytes 1000",
            "kvorum_client_memory_used_bytes 300",
            "kvorum_client_memory_waiting 2",
            "kvorum_client_memory_refused_total 5",
            "etcd_server_proposals_pending 3",
            "etcd_server_proposals_failed_total 4",
            "etcd_server_read_indexes_failed_total 7",
            "etcd_server_slow_read_indexes_total 6",
            "etcd_server_leader_changes_seen_total 1",
            "etcd_server_quota_backend_bytes 2.147483648e+09",
            "etcd_debugging_auth_revision 9",
            "etcd_debugging_server_alarms{alarm_type=\"NOSPACE\",server_id=\"8e9e05c52164694d\"} 1",
            "etcd_debugging_mvcc_current_revision 50",
            "etcd_debugging_mvcc_compact_revision 20",
            "etcd_debugging_mvcc_keys_total 7",
            "etcd_mvcc_put_total 40",
            "etcd_mvcc_delete_total 5",
            "etcd_mvcc_range_total 100",
            "etcd_mvcc_txn_total 6",
            "etcd_debugging_mvcc_events_total 45",
            "etcd_debugging_mvcc_db_compaction_keys_total 8",
            "etcd_mvcc_db_total_size_in_bytes 893461",
            "etcd_mvcc_db_total_size_in_use_in_bytes 893000",
            "etcd_debugging_mvcc_watch_stream_total 1",
            "etcd_debugging_mvcc_watcher_total 2",
            "etcd_debugging_mvcc_slow_watcher_total 3",
            "etcd_debugging_mvcc_pending_events_total 4",
            "etcd_debugging_lease_renewed_total 6",
            "etcd_debugging_server_lease_expired_total 7",
            "etcd_disk_wal_write_bytes_total 11440",
            "etcd_disk_wal_fsync_duration_seconds_bucket{le=\"0.001\"} 1",
            "etcd_disk_backend_commit_duration_seconds_bucket{le=\"0.002\"} 0",
            "etcd_disk_backend_commit_duration_seconds_bucket{le=\"0.004\"} 1",
            "etcd_network_client_grpc_received_bytes_total 4200",
            "etcd_network_client_grpc_sent_bytes_total 1000",
            "etcd_server_health_success 3",
            "etcd_server_health_failures 1",
            "etcd_server_healthcheck{name=\"linearizable_read\",type=\"readyz\"} 0");
  }

  @Test
  void callsAreShownByMethodAndByCodeAsGoSpellsIt() {
    String put = "grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} ";
    assertThat(lines())
        .contains(
            "grpc_server_handled_total{grpc_code=\"OK\"," + put + "40",
            "grpc_server_handled_total{grpc_code=\"ResourceExhausted\"," + put + "2",
            "grpc_server_handled_total{grpc_code=\"Unavailable\"," + put + "0",
            "grpc_server_started_total{" + put + "42",
            "grpc_server_msg_received_total{" + put + "42",
            "grpc_server_msg_sent_total{" + put + "40");
  }

  @Test
  void whatGoesBetweenMembersIsLabelledWithTheirIdsInHexadecimal() {
    String pair = "{Local=\"8e9e05c52164694d\",Remote=\"d64f3269\"} ";
    String self = "{Local=\"8e9e05c52164694d\",Remote=\"8e9e05c52164694d\"} ";
    assertThat(lines())
        .contains(
            "etcd_network_known_peers" + self + "1",
            "etcd_network_known_peers" + pair + "1",
            "etcd_network_active_peers" + pair + "1",
            "etcd_network_disconnected_peers_total" + pair + "5",
            "etcd_network_peer_sent_bytes_total{To=\"d64f3269\"} 1000",
            "etcd_network_peer_received_bytes_total{From=\"d64f3269\"} 2000",
            "etcd_network_peer_sent_failures_total{To=\"d64f3269\"} 3",
            "etcd_network_peer_received_failures_total{From=\"d64f3269\"} 4",
            "etcd_network_peer_round_trip_time_seconds_bucket{To=\"d64f3269\",le=\"0.0002\"} 0",
            "etcd_network_peer_round_trip_time_seconds_bucket{To=\"d64f3269\",le=\"0.0004\"} 1",
            "etcd_network_peer_round_trip_time_seconds_bucket{To=\"d64f3269\",le=\"3.2768\"} 1",
            "etcd_network_peer_round_trip_time_seconds_count{To=\"d64f3269\"} 1")
        .noneMatch(line -> line.startsWith("etcd_network_active_peers" + self));
  }

  @Test
  void wholeStatesAreShownInBothDirectionsWithTheirProgress() {
    assertThat(lines())
        .contains(
            "etcd_network_snapshot_send_success{To=\"d64f3269\"} 1",
            "etcd_network_snapshot_send_failures{To=\"d64f3269\"} 2",
            "etcd_network_snapshot_send_inflights_total{To=\"d64f3269\"} 1",
            "etcd_network_snapshot_send_total_duration_seconds_bucket{To=\"d64f3269\",le=\"0.1\"}"
                + " 0",
            "etcd_network_snapshot_send_total_duration_seconds_bucket{To=\"d64f3269\",le=\"51.2\"}"
                + " 1",
            "kvorum_state_send_bytes{To=\"d64f3269\"} 300",
            "kvorum_state_send_expected_bytes{To=\"d64f3269\"} 400",
            "etcd_network_snapshot_receive_success{From=\"d64f3269\"} 3",
            "etcd_network_snapshot_receive_failures{From=\"d64f3269\"} 4",
            "etcd_network_snapshot_receive_inflights_total{From=\"d64f3269\"} 0",
            "kvorum_state_receive_bytes{From=\"d64f3269\"} 500",
            "kvorum_state_receive_expected_bytes{From=\"d64f3269\"} 600");
  }

  @Test
  void linesOfTheAuditLogAreCounted() {
    assertThat(lines())
        .contains(
            "kvorum_audit_lines_total{result=\"dropped\"} 3",
            "kvorum_audit_lines_total{result=\"written\"} 100");
  }

  @Test
  void backupsAreShownWithTheirAgeWhereTheyAreMade() {
    assertThat(lines())
        .contains(
            "kvorum_backups_total{result=\"abandoned\"} 1",
            "kvorum_backups_total{result=\"failure\"} 2",
            "kvorum_backups_total{result=\"success\"} 4",
            "kvorum_backup_interval_seconds 21600",
            "kvorum_backup_newest_timestamp_seconds 1.795e+09",
            "kvorum_backup_last_duration_seconds 1.25",
            "kvorum_backup_last_bytes 5.308448e+06");
  }

  @Test
  void theKeyOfEncryptionAndHowMuchIsDoneAreShown() {
    assertThat(lines())
        .contains("kvorum_encryption_key_info{id=\"k2\"} 1", "kvorum_encryption_done_ratio 0.25");
  }

  @Test
  void promotionsAreCountedByTheReasonThatClientsAreGiven() {
    assertThat(lines())
        .contains(
            "etcd_server_learner_promote_successes 2",
            "etcd_server_learner_promote_failures{Reason=\"etcdserver: can only promote a learner"
                + " member which is in sync with leader\"} 3");
  }

  @Test
  void callsAreCountedByTheVersionOfTheirClients() {
    assertThat(lines())
        .contains(
            "etcd_server_client_requests_total{client_api_version=\"unknown\",type=\"stream\"} 2",
            "etcd_server_client_requests_total{client_api_version=\"3.7.0\",type=\"unary\"} 40");
  }

  @Test
  void aSingleMemberHasNoPeerMetrics() {
    MemberReport all = report();
    MemberReport alone =
        new MemberReport(
            all.memberId(),
            all.status(),
            all.alarms(),
            all.consensus(),
            all.store(),
            all.watches(),
            all.leases(),
            all.calls(),
            List.of(),
            all.memory(),
            all.timings(),
            all.health(),
            List.of(member(MEMBER, "m1")),
            PeerStats.NONE,
            new PromotionStats.Stats(0, Map.of()),
            1,
            Optional.empty(),
            EncryptionFigures.NONE,
            Optional.empty(),
            all.work());
    assertThat(lines(alone))
        .noneMatch(line -> line.contains("kvorum_backup"))
        .noneMatch(line -> line.contains("kvorum_audit"));
    assertThat(lines(alone))
        .contains("etcd_server_learner_promote_successes 0")
        .filteredOn(
            line -> line.matches("# TYPE (etcd_network_(peer|snap|act|disc)|kvorum_state_).*"))
        .isEmpty();
    assertThat(lines(alone)).filteredOn(line -> line.contains("promote_failures")).isEmpty();
  }
}
