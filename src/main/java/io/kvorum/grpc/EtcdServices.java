package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Headers;
import io.kvorum.service.KvService;
import io.kvorum.service.LeaseService;
import io.kvorum.service.MaintenanceService;
import io.kvorum.watch.WatchHub;
import java.util.List;

/**
 * The services of the etcd API that are served over gRPC. What is not defined here is answered as
 * unimplemented by gRPC itself.
 */
public record EtcdServices(
    KvService kv,
    WatchHub watch,
    LeaseService lease,
    ClusterService cluster,
    MaintenanceService maintenance,
    Headers headers) {

  /** The definitions, for {@link ClientPort}. */
  List<ServerServiceDefinition> define(StreamRegistry streams, ClientPort.Settings settings) {
    return List.of(
        KvMethods.define(kv, headers, settings.maxRequestBytes(), streams),
        WatchMethods.define(watch, headers, settings.maxMessageBytes(), streams),
        LeaseMethods.define(lease, headers, streams),
        ClusterMethods.define(cluster, headers, streams),
        MaintenanceMethods.define(maintenance, headers, streams));
  }
}
