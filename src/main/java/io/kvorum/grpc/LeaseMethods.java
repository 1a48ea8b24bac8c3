package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.service.Headers;
import io.kvorum.service.LeaseService;
import io.kvorum.wire.LeaseWire;

/** The Lease service, method by method. */
final class LeaseMethods {
  private LeaseMethods() {}

  static ServerServiceDefinition define(
      LeaseService leases, Headers headers, StreamRegistry streams) {
    KeepAliveCall.Context keepAlive =
        new KeepAliveCall.Context(leases::keepAlive, () -> headers.at(0), streams);
    return ServerServiceDefinition.builder(LeaseGrpc.SERVICE_NAME)
        .addMethod(
            LeaseGrpc.getLeaseGrantMethod(),
            new UnaryHandler<>(
                streams,
                request -> leases.grant(request.getID(), request.getTTL()),
                (request, result) -> LeaseWire.response(headers.at(result.revision()), result)))
        .addMethod(
            LeaseGrpc.getLeaseRevokeMethod(),
            new UnaryHandler<>(
                streams,
                request -> leases.revoke(request.getID()),
                (request, result) -> LeaseWire.response(headers.at(result.revision()), result)))
        .addMethod(
            LeaseGrpc.getLeaseKeepAliveMethod(),
            streams.guarded((call, metadata) -> KeepAliveCall.start(call, metadata, keepAlive)))
        .addMethod(
            LeaseGrpc.getLeaseTimeToLiveMethod(),
            new UnaryHandler<>(
                streams,
                request -> leases.timeToLive(request.getID(), request.getKeys()),
                (request, timeToLive) -> LeaseWire.response(headers.at(0), timeToLive)))
        .addMethod(
            LeaseGrpc.getLeaseLeasesMethod(),
            new UnaryHandler<>(
                streams,
                request -> leases.leases(),
                (request, ids) -> LeaseWire.response(headers.at(0), ids)))
        .build();
  }
}
