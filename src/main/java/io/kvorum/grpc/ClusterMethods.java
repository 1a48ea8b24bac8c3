package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.etcdserverpb.ClusterGrpc;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.wire.ClusterWire;

/**
 * Defines the Cluster service, method by method.
 *
 * <p>Held by: EtcdctlMemberIT.
 */
final class ClusterMethods {
  private ClusterMethods() {}

  static ServerServiceDefinition define(
      Entrance<ClusterService> entrance, Headers headers, CallGuard guard) {
    return ServerServiceDefinition.builder(ClusterGrpc.SERVICE_NAME)
        .addMethod(
            ClusterGrpc.getMemberAddMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (cluster, request) ->
                    cluster.memberAdd(request.getPeerURLsList(), request.getIsLearner()),
                (request, added) -> ClusterWire.added(headers.withoutRevision(), added)))
        .addMethod(
            ClusterGrpc.getMemberRemoveMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (cluster, request) -> cluster.memberRemove(request.getID()),
                (request, members) -> ClusterWire.removed(headers.withoutRevision(), members)))
        .addMethod(
            ClusterGrpc.getMemberUpdateMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (cluster, request) ->
                    cluster.memberUpdate(request.getID(), request.getPeerURLsList()),
                (request, members) -> ClusterWire.updated(headers.withoutRevision(), members)))
        .addMethod(
            ClusterGrpc.getMemberListMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (cluster, request) -> cluster.memberList(request.getLinearizable()),
                (request, members) -> ClusterWire.listed(headers.withoutRevision(), members)))
        .addMethod(
            ClusterGrpc.getMemberPromoteMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (cluster, request) -> cluster.memberPromote(request.getID()),
                (request, members) -> ClusterWire.promoted(headers.withoutRevision(), members)))
        .build();
  }
}
