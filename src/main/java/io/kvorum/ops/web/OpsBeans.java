package io.kvorum.ops.web;

import io.kvorum.consensus.Consensus;
import io.kvorum.grpc.ClientPort;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.ops.ClusterFigures;
import io.kvorum.ops.HealthChecks;
import io.kvorum.ops.MemberReporter;
import io.kvorum.ops.Timings;
import io.kvorum.service.Headers;
import io.kvorum.service.KvService;
import io.kvorum.service.LeaseService;
import io.kvorum.service.MaintenanceService;
import io.kvorum.watch.WatchHub;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/**
 * Produces the beans that the endpoints share.
 *
 * <p>Held by: LauncherIT.
 */
@Dependent
public class OpsBeans {

  @Produces
  @Singleton
  HealthChecks healthChecks(KvService kv, MaintenanceService maintenance, Consensus consensus) {
    return HealthChecks.of(kv, maintenance, consensus);
  }

  @Produces
  @Singleton
  MemberReporter memberReporter(
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
    return new MemberReporter(
        headers,
        maintenance,
        leases,
        consensus,
        store,
        watches,
        clientPort,
        timings,
        health,
        cluster);
  }
}
