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
    Entrance<ElectionService> election,
    Entrance<AuthService> auth,
    CertificateUsers certificates) {

  /**
   * @param admission decides about each call of a client
   */
  public static ClientServices of(Services services, WatchHub hub, Admission admission) {
    Access access = services.access();
    return new ClientServices(
        admission,
        new Entrance<>(admission, access, services.kv()::onBehalfOf),
        new WatchService(hub, admission, access),
        new Entrance<>(admission, access, services.lease()::onBehalfOf),
        new Entrance<>(admission, access, services.cluster()::onBehalfOf),
        new Entrance<>(admission, access, caller -> services.maintenance()),
        new Entrance<>(admission, access, caller -> services.store()),
        new Entrance<>(admission, access, services.lock()::onBehalfOf),
        new Entrance<>(admission, access, services.election()::onBehalfOf),
        new Entrance<>(admission, access, services.auth()::onBehalfOf),
        access::ignoresCertificate);
  }
}
