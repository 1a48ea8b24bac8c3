package io.kvorum.service;

import io.kvorum.watch.WatchHub;

/**
 * Holds the entrances to the services of a member: all that its faces know of them. Immutable.
 *
 * <p>Held by: ArchitectureTest.
 *
 * @param admission decides about the calls of all entrances
 */
public record ClientServices(
    Admission admission,
    Entrance<KvService> kv,
    WatchService watch,
    Entrance<LeaseService> lease,
    Entrance<ClusterService> cluster,
    Entrance<MaintenanceService> maintenance,
    Entrance<StoreService> store,
    Entrance<LockService> lock,
    Entrance<ElectionService> election) {

  /**
   * @param admission decides about each call of a client
   */
  public static ClientServices of(Services services, WatchHub hub, Admission admission) {
    return new ClientServices(
        admission,
        new Entrance<>(admission, services.kv()),
        new WatchService(hub, admission),
        new Entrance<>(admission, services.lease()),
        new Entrance<>(admission, services.cluster()),
        new Entrance<>(admission, services.maintenance()),
        new Entrance<>(admission, services.store()),
        new Entrance<>(admission, services.lock()),
        new Entrance<>(admission, services.election()));
  }
}
