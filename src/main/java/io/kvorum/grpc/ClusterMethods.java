package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.etcdserverpb.ClusterGrpc;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Headers;
import io.kvorum.wire.ClusterWire;

/** The Cluster service, as far as it is served; gRPC answers the rest as unimplemented. */
final class ClusterMethods {
  private ClusterMethods() {}

  static ServerServiceDefinition define(
      ClusterService cluster, Headers headers, OpenStreams streams) {
    return ServerServiceDefinition.builder(ClusterGrpc.SERVICE_NAME)
        .addMethod(
            ClusterGrpc.getMemberListMethod(),
            new UnaryHandler<>(
                streams,
                request -> cluster.memberList(request.getLinearizable()),
                (request, members) -> ClusterWire.response(headers.withoutRevision(), members)))
        .build();
  }
}
