package io.kvorum.boot.container;

import io.kvorum.boot.Member;
import io.kvorum.ops.MemberPages;
import io.kvorum.ops.MemberReporter;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ClusterService;
import io.kvorum.service.ElectionService;
import io.kvorum.service.Headers;
import io.kvorum.service.KvService;
import io.kvorum.service.LeaseService;
import io.kvorum.service.LockService;
import io.kvorum.service.MaintenanceService;
import io.kvorum.service.RelayedConnections;
import io.kvorum.service.StoreService;
import io.kvorum.support.MemoryBudget;
import io.kvorum.watch.WatchHub;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;

/**
 * Produces the parts of the member for the beans of the application.
 *
 * <p>Held by: PlainLibertyIT.
 */
@Dependent
public class MemberParts {
  private final Member member;

  @Inject
  MemberParts(MemberLifecycle lifecycle) {
    this.member = lifecycle.member();
  }

  @Produces
  KvService kv() {
    return member.services().kv();
  }

  @Produces
  LeaseService lease() {
    return member.services().lease();
  }

  @Produces
  ClusterService cluster() {
    return member.services().cluster();
  }

  @Produces
  MaintenanceService maintenance() {
    return member.services().maintenance();
  }

  @Produces
  StoreService store() {
    return member.services().store();
  }

  @Produces
  LockService lock() {
    return member.services().lock();
  }

  @Produces
  ElectionService election() {
    return member.services().election();
  }

  /** What clients may request: the JSON face keeps the same limits as the gRPC face. */
  @Produces
  ClientLimits clientLimits() {
    return member.clientLimits();
  }

  /** What clients of both faces take together. */
  @Produces
  MemoryBudget memory() {
    return member.memory();
  }

  @Produces
  Headers headers() {
    return member.services().headers();
  }

  @Produces
  WatchHub watchHub() {
    return member.watchHub();
  }

  @Produces
  RelayedConnections relayedConnections() {
    return member.relayedConnections();
  }

  @Produces
  MemberPages pages() {
    return member.pages();
  }

  @Produces
  MemberReporter reporter() {
    return member.reporter();
  }
}
