package io.kvorum.ops;

import io.kvorum.consensus.Consensus;
import io.kvorum.grpc.ClientPort;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.service.Headers;
import io.kvorum.service.LeaseService;
import io.kvorum.service.MaintenanceService;
import io.kvorum.watch.WatchHub;

/**
 * Collects a {@link MemberReport} from the parts of the member. Thread-safe.
 *
 * <p>Held by: OpsEndpointsIT.
 */
public final class MemberReporter {
  private final Headers headers;
  private final MaintenanceService maintenance;
  private final LeaseService leases;
  private final Consensus consensus;
  private final MvccStore store;
  private final WatchHub watches;
  private final ClientPort clientPort;
  private final Timings timings;
  private final HealthChecks health;
  private final ClusterFigures cluster;

  public MemberReporter(
      Headers headers,
      MaintenanceService maintenance,
      LeaseService leases,
      Consensus consensus,
      MvccStore store,
      WatchHub watches,
      ClientPort clientPort,
      Timings timings,
      HealthChecks health,
      ClusterFigures cluster) {
    this.headers = headers;
    this.maintenance = maintenance;
    this.leases = leases;
    this.consensus = consensus;
    this.store = store;
    this.watches = watches;
    this.clientPort = clientPort;
    this.timings = timings;
    this.health = health;
    this.cluster = cluster;
  }

  public MemberReport report() {
    return new MemberReport(
        headers.withoutRevision().memberId(),
        maintenance.status(),
        maintenance.alarms(),
        consensus.status(),
        store.stats(),
        watches.stats(),
        leases.stats(),
        clientPort.stats(),
        clientPort.clientVersions(),
        clientPort.memory(),
        timings.report(),
        health.stats(),
        cluster.members(),
        cluster.peers(),
        cluster.promotions(),
        cluster.authRevision(),
        cluster.backups(),
        cluster.encryption(),
        cluster.audit(),
        cluster.work());
  }
}
