package io.kvorum.ops;

import io.kvorum.meter.Histogram;
import io.kvorum.meter.OutcomeHistograms;
import io.kvorum.ops.Exposition.Type;
import io.kvorum.service.StoreService;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Writes how long requests, commands and work on the whole store take, and the feature gates.
 * Stateless.
 *
 * <p>Held by: EtcdMetricsTest.
 */
final class WorkMetrics {
  private WorkMetrics() {}

  static void write(WorkFigures work, Exposition out) {
    requests(work.requests(), out);
    applied(work.applied(), out);
    store(work.store(), out);
    out.family("etcd_server_feature_enabled", Type.GAUGE, "1 if the feature gate is on.");
    for (WorkFigures.Feature feature : work.features()) {
      out.sample(feature.isOn() ? 1 : 0, "name", feature.name(), "stage", feature.stage());
    }
  }

  private static void requests(Map<String, OutcomeHistograms.Snapshot> requests, Exposition out) {
    out.family(
        "etcd_server_request_duration_seconds",
        Type.HISTOGRAM,
        "Duration of requests, by their type.");
    requests.forEach(
        (type, durations) ->
            outcomes(
                durations,
                (times, success) -> out.buckets(times, "success", success, "type", type)));
  }

  private static void applied(ApplyMeter.Report applied, Exposition out) {
    out.family(
        "etcd_server_apply_duration_seconds",
        Type.HISTOGRAM,
        "Duration of applying a command, by its kind.");
    applied
        .byCommand()
        .forEach(
            (op, durations) ->
                outcomes(
                    durations,
                    (times, success) ->
                        out.buckets(times, "op", op, "success", success, "version", "v3")));
    out.counter(
        "etcd_server_slow_apply_total",
        "Commands that took longer to apply than --warning-apply-duration.",
        applied.slow());
    out.counter("etcd_debugging_lease_granted_total", "Granted leases.", applied.leasesGranted());
    out.counter("etcd_debugging_lease_revoked_total", "Revoked leases.", applied.leasesRevoked());
    out.histogram(
        "etcd_debugging_lease_ttl_total",
        "Time to live of granted leases, in seconds.",
        applied.timesToLive());
  }

  /** Writes what has occurred: first the failures, then the successes. */
  private static void outcomes(
      OutcomeHistograms.Snapshot durations, BiConsumer<Histogram.Snapshot, String> write) {
    if (durations.failures().count() > 0) {
      write.accept(durations.failures(), "false");
    }
    if (durations.successes().count() > 0) {
      write.accept(durations.successes(), "true");
    }
  }

  private static void store(StoreService.Times store, Exposition out) {
    out.histogram(
        "etcd_mvcc_hash_duration_seconds", "Duration of hashing the database.", store.hashes());
    out.histogram(
        "etcd_mvcc_hash_rev_duration_seconds",
        "Duration of hashing the store up to a revision.",
        store.revisionHashes());
    out.histogram(
        "etcd_disk_backend_defrag_duration_seconds",
        "Duration of a defragmentation.",
        store.defragmentations());
    out.gauge(
        "etcd_disk_defrag_inflight",
        "1 while the store is being defragmented.",
        store.isDefragmenting());
  }
}
