package io.kvorum.service;

import io.kvorum.apply.Alarms;
import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.Consensus;
import io.kvorum.lease.LeaseExpiry;
import io.kvorum.lease.LeaseTable;
import io.kvorum.mvcc.MvccStore;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** The services of one member, made from the core. */
public final class Services {

  /** The parts of the core that the services stand on. */
  public record Core(
      MvccStore store,
      Consensus consensus,
      CommandCodec codec,
      LeaseTable leases,
      LeaseExpiry leaseExpiry,
      Alarms alarms) {}

  /**
   * What operators set.
   *
   * @param quotaBytes as {@link SpaceQuota} takes it
   * @param minLeaseTtlSeconds what a shorter time to live is raised to
   */
  public record Limits(
      int maxRequestBytes, int maxTxnOps, long quotaBytes, long minLeaseTtlSeconds) {}

  private final Headers headers;
  private final KvService kv;
  private final LeaseService lease;
  private final ClusterService cluster;
  private final MaintenanceService maintenance;

  /**
   * @param workers runs reads that are large or touch the disk
   * @param leaseIds random numbers
   */
  public Services(
      Core core,
      Limits limits,
      ClusterService.Member self,
      Identity identity,
      Executor workers,
      LongSupplier leaseIds) {
    MvccStore store = core.store();
    Consensus consensus = core.consensus();
    Proposals proposals = new Proposals(consensus, core.codec(), limits.maxRequestBytes());
    SpaceQuota quota = new SpaceQuota(store, consensus, identity.memberId(), limits.quotaBytes());
    headers = new Headers(identity, store, consensus);
    kv = new KvService(store, consensus, proposals, quota, workers, limits.maxTxnOps());
    lease =
        new LeaseService(
            core.leases(),
            core.leaseExpiry(),
            consensus,
            proposals,
            quota,
            leaseIds,
            limits.minLeaseTtlSeconds());
    cluster = new ClusterService(consensus, self);
    maintenance = new MaintenanceService(store, consensus, proposals, quota, core.alarms());
  }

  public Headers headers() {
    return headers;
  }

  public KvService kv() {
    return kv;
  }

  public LeaseService lease() {
    return lease;
  }

  public ClusterService cluster() {
    return cluster;
  }

  public MaintenanceService maintenance() {
    return maintenance;
  }
}
