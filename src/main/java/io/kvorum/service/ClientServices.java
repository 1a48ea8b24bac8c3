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
   * @param journal notes each call of a client
   */
  public static ClientServices of(
      Services services, WatchHub hub, Admission admission, Journal journal) {
    Access access = services.access();
    return new ClientServices(
        admission,
        new Entrance<>(admission, journal, access, services.kv()::onBehalfOf),
        new WatchService(hub, admission, journal.ofStreams(), access),
        new Entrance<>(admission, journal, access, services.lease()::onBehalfOf),
        new Entrance<>(admission, journal, access, services.cluster()::onBehalfOf),
        new Entrance<>(admission, journal, access, caller -> services.maintenance()),
        new Entrance<>(admission, journal, access, caller -> services.store()),
        new Entrance<>(admission, journal, access, services.lock()::onBehalfOf),
        new Entrance<>(admission, journal, access, services.election()::onBehalfOf),
        new Entrance<>(admission, journal, access, services.auth()::onBehalfOf),
        access::ignoresCertificate);
  }
}
