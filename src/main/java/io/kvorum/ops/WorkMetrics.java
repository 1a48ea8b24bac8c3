package io.kvorum.ops;

import io.kvorum.meter.Histogram;
import io.kvorum.ops.Exposition.Type;
import io.kvorum.service.StoreService;
import io.kvorum.wire.CallTimes;
import java.util.Map;
import java.util.function.Function;

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

  private static void requests(Map<String, CallTimes.Times> requests, Exposition out) {
    if (requests.isEmpty()) {
      return;
    }
    out.family(
        "etcd_server_request_duration_seconds",
        Type.HISTOGRAM,
        "Duration of requests, by their type.");
    requests.forEach(
        (type, times) -> {
          outcome(
              out, times.failures(), success -> labels("success", success, "type", type), false);
          outcome(
              out, times.successes(), success -> labels("success", success, "type", type), true);
        });
  }

  private static void applied(ApplyMeter.Report applied, Exposition out) {
    if (!applied.byCommand().isEmpty()) {
      out.family(
          "etcd_server_apply_duration_seconds",
          Type.HISTOGRAM,
          "Duration of applying a command, by its kind.");
    }
    applied
        .byCommand()
        .forEach(
            (op, times) -> {
              outcome(
                  out,
                  times.failures(),
                  success -> labels("op", op, "success", success, "version", "v3"),
                  false);
              outcome(
                  out,
                  times.successes(),
                  success -> labels("op", op, "success", success, "version", "v3"),
                  true);
            });
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

  /** Prints what has occurred. */
  private static void outcome(
      Exposition out,
      Histogram.Snapshot durations,
      Function<String, String[]> labels,
      boolean isSuccess) {
    if (durations.count() > 0) {
      out.buckets(durations, labels.apply(String.valueOf(isSuccess)));
    }
  }

  private static String[] labels(String... labels) {
    return labels;
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
