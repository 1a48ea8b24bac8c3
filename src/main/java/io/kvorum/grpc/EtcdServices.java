package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ClientServices;
import io.kvorum.service.Headers;
import java.util.List;

/**
 * Holds the services of the etcd API that are served over gRPC. gRPC itself answers all others as
 * unimplemented. Immutable.
 *
 * <p>Held by: EtcdctlPutGetIT, EtcdctlWatchIT, EtcdctlLeaseIT, EtcdctlMemberIT, JetcdLockIT.
 */
public record EtcdServices(ClientServices services, Headers headers) {

  List<ServerServiceDefinition> define(
      CallGuard guard, StreamRegistry streams, ClientLimits limits) {
    return List.of(
        KvMethods.define(services.kv(), headers, limits.maxRequestBytes(), guard, streams),
        WatchMethods.define(services.watch(), headers, limits.maxMessageBytes(), guard, streams),
        LeaseMethods.define(services.lease(), headers, guard, streams),
        ClusterMethods.define(services.cluster(), headers, guard),
        MaintenanceMethods.define(
            services.maintenance(), services.store(), headers, guard, streams),
        LockMethods.define(services.lock(), headers, guard, streams),
        ElectionMethods.define(services.election(), headers, guard, streams),
        AuthMethods.define(services.auth(), headers, guard));
  }
}
