package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.model.Alarm;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.DefragmentResponse;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.MoveLeaderRequest;
import io.kvorum.proto.etcdserverpb.MoveLeaderResponse;
import io.kvorum.service.Headers;
import io.kvorum.service.MaintenanceService;
import io.kvorum.service.StoreService;
import io.kvorum.wire.MaintenanceWire;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Defines the supported methods of the Maintenance service; gRPC refuses the others.
 *
 * <p>Held by: EtcdctlClusterIT.
 */
final class MaintenanceMethods {
  private MaintenanceMethods() {}

  static ServerServiceDefinition define(
      MaintenanceService maintenance,
      StoreService store,
      Headers headers,
      CallGuard guard,
      StreamRegistry streams) {
    SnapshotCall.Context snapshot = new SnapshotCall.Context(store::snapshot, streams);
    return ServerServiceDefinition.builder(MaintenanceGrpc.SERVICE_NAME)
        .addMethod(
            MaintenanceGrpc.getStatusMethod(),
            new UnaryHandler<>(
                guard,
                request -> CompletableFuture.completedFuture(maintenance.status()),
                (request, status) -> MaintenanceWire.response(headers.at(0), status)))
        .addMethod(
            MaintenanceGrpc.getAlarmMethod(),
            new UnaryHandler<>(
                guard,
                request -> alarms(maintenance, request),
                (request, alarms) -> MaintenanceWire.response(headers.at(0), alarms)))
        .addMethod(
            MaintenanceGrpc.getMoveLeaderMethod(),
            new UnaryHandler<>(
                guard, request -> moved(maintenance, request), (request, response) -> response))
        .addMethod(
            MaintenanceGrpc.getSnapshotMethod(),
            guard.guarded((call, metadata) -> SnapshotCall.start(call, metadata, snapshot)))
        .addMethod(
            MaintenanceGrpc.getHashMethod(),
            new UnaryHandler<>(
                guard,
                request -> store.hash(),
                (request, hash) -> MaintenanceWire.response(headers.at(0), hash)))
        .addMethod(
            MaintenanceGrpc.getHashKVMethod(),
            new UnaryHandler<>(
                guard,
                request -> store.hashKv(request.getRevision()),
                (request, hash) -> MaintenanceWire.response(headers.at(0), hash)))
        .addMethod(
            MaintenanceGrpc.getDefragmentMethod(),
            new UnaryHandler<>(
                guard,
                request ->
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

  /** A GET lists the active alarms, the other actions the alarm they have changed. */
  private static CompletableFuture<List<Alarm>> alarms(
      MaintenanceService maintenance, AlarmRequest request) {
    Alarm alarm = MaintenanceWire.alarm(request);
    return switch (request.getAction()) {
      case GET ->
          CompletableFuture.completedFuture(
              maintenance.alarms().stream()
                  .filter(raised -> MaintenanceWire.asksFor(request, raised))
                  .toList());
      case ACTIVATE ->
          alarm == null
              ? nothing()
              : maintenance.activate(alarm).thenApply(active -> List.of(alarm));
      case DEACTIVATE ->
          alarm == null || !maintenance.alarms().contains(alarm)
              ? nothing()
              : maintenance.deactivate(alarm).thenApply(active -> List.of(alarm));
      case UNRECOGNIZED -> nothing();
    };
  }

  private static CompletableFuture<List<Alarm>> nothing() {
    return CompletableFuture.completedFuture(List.of());
  }
}
