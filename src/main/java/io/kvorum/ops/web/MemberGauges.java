package io.kvorum.ops.web;

import io.kvorum.ops.MemberReport;
import io.kvorum.ops.MemberReporter;
import io.kvorum.peer.PeerStats.OtherMember;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.function.ToDoubleFunction;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

/**
 * Registers the most important figures with MicroProfile Metrics, on the admin endpoint.
 *
 * <p>Held by: LauncherIT.
 */
@Dependent
public class MemberGauges {
  private static final int AFTER_THE_MEMBER = 5000;

  private final MemberReporter reporter;
  private final MetricRegistry registry;

  @Inject
  public MemberGauges(MemberReporter reporter, MetricRegistry registry) {
    this.reporter = reporter;
    this.registry = registry;
  }

  /** Runs once the member, which the reports come from, has started. */
  void register(
      @Observes @Initialized(ApplicationScoped.class) @Priority(AFTER_THE_MEMBER)
          Object application) {
    gauge("kvorum_revision", "Current revision", report -> report.store().revision());
    gauge(
        "kvorum_compacted_revision",
        "Last compacted revision",
        report -> report.store().compactedRevision());
    gauge("kvorum_keys", "Keys in the store", report -> report.store().keys());
    gauge("kvorum_puts_total", "Puts since the start", report -> report.store().puts());
    gauge("kvorum_deletes_total", "Deletions since the start", report -> report.store().deletes());
    gauge(
        "kvorum_db_size_bytes",
        "Disk space allocated by the store",
        report -> report.store().allocatedBytes());
    gauge(
        "kvorum_db_in_use_bytes",
        "Disk space in use by the store",
        report -> report.store().heldBytes());
    gauge(
        "kvorum_has_leader",
        "1 if a leader is known",
        report -> report.consensus().hasLeader() ? 1 : 0);
    gauge(
        "kvorum_is_leader",
        "1 if this member is the leader",
        report -> report.consensus().isLeader() ? 1 : 0);
    gauge(
        "kvorum_is_learner",
        "1 if this member is a learner",
        report -> report.status().isLearner() ? 1 : 0);
    gauge(
        "kvorum_leader_changes_total",
        "Leader changes seen since the start",
        report -> report.consensus().leaderChanges());
    gauge("kvorum_members", "Members of the cluster", report -> report.members().size());
    gauge(
        "kvorum_connected_peers",
        "Other members with an open connection",
        report -> report.peers().members().stream().filter(OtherMember::isActive).count());
    gauge(
        "kvorum_states_sending",
        "Members to which a snapshot is being sent",
        report -> report.peers().transfers().sending());
    gauge(
        "kvorum_states_receiving",
        "1 while a snapshot is being received from another member",
        report -> report.peers().transfers().receiving());
    gauge(
        "kvorum_proposals_pending",
        "Proposals waiting to be committed",
        report -> report.consensus().pendingProposals());
    gauge(
        "kvorum_proposals_failed_total",
        "Proposals that failed since the start",
        report -> report.consensus().failedProposals());
    gauge(
        "kvorum_log_last_term",
        "Term of the last log entry, committed or not",
        report -> report.timings().logEnd().term());
    gauge(
        "kvorum_log_last_index",
        "Index of the last log entry, committed or not",
        report -> report.timings().logEnd().index());
    gauge("kvorum_watchers", "Watchers", report -> report.watches().watchers());
    gauge(
        "kvorum_slow_watchers",
        "Watchers that are behind",
        report -> report.watches().slowWatchers());
    gauge("kvorum_leases", "Leases", report -> report.leases().leases());
  }

  private void gauge(String name, String description, ToDoubleFunction<MemberReport> figure) {
    registry.gauge(
        Metadata.builder().withName(name).withDescription(description).build(),
        reporter,
        source -> figure.applyAsDouble(source.report()));
  }
}
