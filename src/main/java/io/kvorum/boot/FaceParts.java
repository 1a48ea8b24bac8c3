package io.kvorum.boot;

import io.kvorum.grpc.ClientPort;
import io.kvorum.grpc.EtcdServices;
import io.kvorum.ops.HealthChecks;
import io.kvorum.ops.MemberPages;
import io.kvorum.ops.MemberReporter;
import io.kvorum.service.Services;

/**
 * Wires the services to what clients and operators see: the client port, which listens already, and
 * its pages. The JSON face is the container's. It asks the parts below, and changes none of them.
 *
 * <p>Held by: WholeMemberTest, OpsEndpointsIT.
 */
final class FaceParts {
  private final ClientPort port;
  private final MemberPages pages;
  private final Services services;
  private final HealthChecks checks;
  private final MemberReporter reporter;

  /**
   * @param figures for the metrics
   */
  FaceParts(
      MemberFront front,
      StateParts state,
      ClusterParts cluster,
      ServiceParts serviceParts,
      MemberFigures figures) {
    port = front.port();
    pages = front.pages();
    services = serviceParts.services();
    port.provide(
        new EtcdServices(serviceParts.clientServices(), services.headers()),
        cluster::hasLeader,
        cluster.recentLeader());
    checks = HealthChecks.of(services.kv(), services.maintenance(), cluster.consensus());
    reporter =
        new MemberReporter(
            services.headers(),
            services.maintenance(),
            services.lease(),
            cluster.consensus(),
            state.store(),
            state.hub(),
            port,
            state.timings(),
            checks,
            figures);
  }

  /** Answers the pages for operators as those of a member that serves. */
  void servePages() {
    pages.administeredBy(services::administers);
    pages.serving(
        checks,
        reporter::report,
        () -> services.maintenance().downgrades().current().clusterVersion());
  }

  /** Serves nobody: this member has been removed. */
  void serveNobody() {
    pages.removed();
    port.serveNobody("this member has been removed from the cluster");
  }

  MemberReporter reporter() {
    return reporter;
  }
}
