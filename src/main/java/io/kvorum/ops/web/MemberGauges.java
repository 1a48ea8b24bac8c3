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

/** Registers the most important figures with MicroProfile Metrics, on the admin endpoint. */
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

  /** Runs after the member, which the reports come from, has started. */
  void register(
      @Observes @Initialized(ApplicationScoped.class) @Priority(AFTER_THE_MEMBER)
          Object application) {
    gauge("kvorum_revision", "Current revision", report -> report.store().revision());
    gauge(
        "kvorum_compacted_revision",
        "Last revision that was compacted",
        report -> report.store().compactedRevision());
    gauge("kvorum_keys", "Keys in the store", report -> report.store().keys());
    gauge("kvorum_puts_total", "Puts since the start", report -> report.store().puts());
    gauge("kvorum_deletes_total", "Deletions since the start", report -> report.store().deletes());
    gauge(
        "kvorum_db_size_bytes",
        "Space on disk that the store takes",
        report -> report.store().allocatedBytes());
    gauge(
        "kvorum_db_in_use_bytes",
        "Space on disk that holds data",
        report -> report.store().usedBytes());
    gauge(
        "kvorum_has_leader",
        "1 if a leader is known",
        report -> report.consensus().hasLeader() ? 1 : 0);
    gauge(
        "kvorum_is_leader",
        "1 if this member leads",
        report -> report.consensus().isLeader() ? 1 : 0);
    gauge(
        "kvorum_is_learner",
        "1 if this member only follows",
        report -> report.status().isLearner() ? 1 : 0);
    gauge(
        "kvorum_leader_changes_total",
        "Leaders seen since the start",
        report -> report.consensus().leaderChanges());
    gauge("kvorum_members", "Members of the cluster", report -> report.members().size());
    gauge(
        "kvorum_connected_peers",
        "Other members to which a way is open",
        report -> report.peers().members().stream().filter(OtherMember::isActive).count());
    gauge(
        "kvorum_states_sending",
        "Members that are being sent the whole state",
        report -> report.peers().transfers().sending());
    gauge(
        "kvorum_states_receiving",
        "1 while the whole state of another member is being pulled",
        report -> report.peers().transfers().receiving());
    gauge(
        "kvorum_proposals_pending",
        "Proposals that wait for their commit",
        report -> report.consensus().pendingProposals());
    gauge(
        "kvorum_proposals_failed_total",
        "Proposals that failed since the start",
        report -> report.consensus().failedProposals());
    gauge(
        "kvorum_log_last_term",
        "Term of the last entry of the log, decided or not",
        report -> report.timings().logEnd().term());
    gauge(
        "kvorum_log_last_index",
        "Last entry of the log, decided or not",
        report -> report.timings().logEnd().index());
    gauge("kvorum_watchers", "Open watches", report -> report.watches().watchers());
    gauge(
        "kvorum_slow_watchers",
        "Watches that are behind",
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
