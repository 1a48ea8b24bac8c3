package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.etcdserverpb.DefragmentResponse;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.MoveLeaderRequest;
import io.kvorum.proto.etcdserverpb.MoveLeaderResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.MaintenanceService;
import io.kvorum.service.StoreService;
import io.kvorum.wire.MaintenanceWire;
import java.util.concurrent.CompletableFuture;

/**
 * Defines the supported methods of the Maintenance service; gRPC refuses the others.
 *
 * <p>Held by: EtcdctlClusterIT.
 */
final class MaintenanceMethods {
  private MaintenanceMethods() {}

  static ServerServiceDefinition define(
      Entrance<MaintenanceService> entrance,
      Entrance<StoreService> storeEntrance,
      Headers headers,
      CallGuard guard,
      StreamRegistry streams) {
    SnapshotCall.Context snapshot =
        new SnapshotCall.Context(storeEntrance.to(store -> store::snapshot), streams);
    return ServerServiceDefinition.builder(MaintenanceGrpc.SERVICE_NAME)
        .addMethod(
            MaintenanceGrpc.getStatusMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (maintenance, request) -> CompletableFuture.completedFuture(maintenance.status()),
                (request, status) -> MaintenanceWire.response(headers.at(0), status)))
        .addMethod(
            MaintenanceGrpc.getAlarmMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (maintenance, request) -> MaintenanceWire.alarms(maintenance, request),
                (request, alarms) -> MaintenanceWire.response(headers.at(0), alarms)))
        .addMethod(
            MaintenanceGrpc.getDowngradeMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (maintenance, request) ->
                    MaintenanceWire.downgrade(maintenance.downgrades(), request),
                (request, version) -> MaintenanceWire.response(headers.at(0), version)))
        .addMethod(
            MaintenanceGrpc.getMoveLeaderMethod(),
            new UnaryHandler<>(
                guard, entrance, MaintenanceMethods::moved, (request, response) -> response))
        .addMethod(
            MaintenanceGrpc.getSnapshotMethod(),
            guard.guarded((call, metadata) -> SnapshotCall.start(call, metadata, snapshot)))
        .addMethod(
            MaintenanceGrpc.getHashMethod(),
            new UnaryHandler<>(
                guard,
                storeEntrance,
                (store, request) -> store.hash(),
                (request, hash) -> MaintenanceWire.response(headers.at(0), hash)))
        .addMethod(
            MaintenanceGrpc.getHashKVMethod(),
            new UnaryHandler<>(
                guard,
                storeEntrance,
                (store, request) -> store.hashKv(request.getRevision()),
                (request, hash) -> MaintenanceWire.response(headers.at(0), hash)))
        .addMethod(
            MaintenanceGrpc.getDefragmentMethod(),
            new UnaryHandler<>(
                guard,
                storeEntrance,
                (store, request) ->
                    store.defragment().thenApply(done -> DefragmentResponse.getDefaultInstance()),
                (request, response) -> response))
        .build();
  }

  /** The answer is empty: it has no header. */
  private static CompletableFuture<MoveLeaderResponse> moved(
      MaintenanceService maintenance, MoveLeaderRequest request) {
    return maintenance
        .moveLeader(request.getTargetID())
        .thenApply(done -> MoveLeaderResponse.getDefaultInstance());
  }
}
