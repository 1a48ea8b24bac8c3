package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.LeaseService;
import io.kvorum.wire.LeaseWire;

/**
 * Defines the Lease service, method by method.
 *
 * <p>Held by: EtcdctlLeaseIT.
 */
final class LeaseMethods {
  private LeaseMethods() {}

  static ServerServiceDefinition define(
      Entrance<LeaseService> entrance, Headers headers, CallGuard guard, StreamRegistry streams) {
    KeepAliveCall.Context keepAlive =
        new KeepAliveCall.Context(
            entrance.to(leases -> leases::keepAlive), () -> headers.at(0), streams);
    return ServerServiceDefinition.builder(LeaseGrpc.SERVICE_NAME)
        .addMethod(
            LeaseGrpc.getLeaseGrantMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (leases, request) -> leases.grant(request.getID(), request.getTTL()),
                (request, result) -> LeaseWire.response(headers.at(result.revision()), result)))
        .addMethod(
            LeaseGrpc.getLeaseRevokeMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (leases, request) -> leases.revoke(request.getID()),
                (request, result) -> LeaseWire.response(headers.at(result.revision()), result)))
        .addMethod(
            LeaseGrpc.getLeaseKeepAliveMethod(),
            guard.guarded((call, metadata) -> KeepAliveCall.start(call, metadata, keepAlive)))
        .addMethod(
            LeaseGrpc.getLeaseTimeToLiveMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (leases, request) -> leases.timeToLive(request.getID(), request.getKeys()),
                (request, timeToLive) -> LeaseWire.response(headers.at(0), timeToLive)))
        .addMethod(
            LeaseGrpc.getLeaseLeasesMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (leases, request) -> leases.leases(),
                (request, ids) -> LeaseWire.response(headers.at(0), ids)))
        .build();
  }
}
