package io.kvorum.boot.container;

import io.kvorum.boot.Member;
import io.kvorum.ops.MemberPages;
import io.kvorum.ops.MemberReporter;
import io.kvorum.service.Admission;
import io.kvorum.service.AuthService;
import io.kvorum.service.CertificateUsers;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ClusterService;
import io.kvorum.service.ElectionService;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.HttpRules;
import io.kvorum.service.KvService;
import io.kvorum.service.LeaseService;
import io.kvorum.service.LockService;
import io.kvorum.service.MaintenanceService;
import io.kvorum.service.RelayedConnections;
import io.kvorum.service.StoreService;
import io.kvorum.service.WatchService;
import io.kvorum.support.MemoryBudget;
import io.kvorum.wire.JsonCalls;
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
  Entrance<KvService> kv() {
    return member.clientServices().kv();
  }

  @Produces
  Entrance<LeaseService> lease() {
    return member.clientServices().lease();
  }

  @Produces
  Entrance<ClusterService> cluster() {
    return member.clientServices().cluster();
  }

  @Produces
  Entrance<MaintenanceService> maintenance() {
    return member.clientServices().maintenance();
  }

  @Produces
  Entrance<StoreService> store() {
    return member.clientServices().store();
  }

  @Produces
  Entrance<LockService> lock() {
    return member.clientServices().lock();
  }

  @Produces
  Entrance<ElectionService> election() {
    return member.clientServices().election();
  }

  @Produces
  Entrance<AuthService> auth() {
    return member.clientServices().auth();
  }

  @Produces
  CertificateUsers certificateUsers() {
    return member.clientServices().certificates();
  }

  /** What clients may request: the JSON face keeps the same limits as the gRPC face. */
  @Produces
  ClientLimits clientLimits() {
    return member.clientLimits();
  }

  /** What holds for HTTP requests where this container receives them itself. */
  @Produces
  HttpRules httpRules() {
    return member.httpRules();
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
  WatchService watch() {
    return member.clientServices().watch();
  }

  /** What decides about the calls of clients. */
  @Produces
  Admission admission() {
    return member.clientServices().admission();
  }

  /** What counts the calls over JSON. */
  @Produces
  JsonCalls jsonCalls() {
    return member.clientPort().jsonCalls();
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
