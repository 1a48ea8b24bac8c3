package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ClusterService;
import io.kvorum.service.ElectionService;
import io.kvorum.service.Headers;
import io.kvorum.service.KvService;
import io.kvorum.service.LeaseService;
import io.kvorum.service.LockService;
import io.kvorum.service.MaintenanceService;
import io.kvorum.service.StoreService;
import io.kvorum.watch.WatchHub;
import java.util.List;

/**
 * Holds the services of the etcd API that are served over gRPC. gRPC itself answers all others as
 * unimplemented. Immutable.
 *
 * <p>Held by: EtcdctlPutGetIT, EtcdctlWatchIT, EtcdctlLeaseIT, EtcdctlMemberIT, JetcdLockIT.
 */
public record EtcdServices(
    KvService kv,
    WatchHub watch,
    LeaseService lease,
    ClusterService cluster,
    MaintenanceService maintenance,
    StoreService store,
    LockService lock,
    ElectionService election,
    Headers headers) {

  List<ServerServiceDefinition> define(
      CallGuard guard, StreamRegistry streams, ClientLimits limits) {
    return List.of(
        KvMethods.define(kv, headers, limits.maxRequestBytes(), guard, streams),
        WatchMethods.define(watch, headers, limits.maxMessageBytes(), guard, streams),
        LeaseMethods.define(lease, headers, guard, streams),
        ClusterMethods.define(cluster, headers, guard),
        MaintenanceMethods.define(maintenance, store, headers, guard, streams),
        LockMethods.define(lock, headers, guard, streams),
        ElectionMethods.define(election, headers, guard, streams));
  }
}
