package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.v3lockpb.LockGrpc;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.LockResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.LockService;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.LockWire;

/**
 * Defines the Lock service, method by method.
 *
 * <p>Held by: GrpcLockIT, JetcdLockIT.
 */
final class LockMethods {
  private LockMethods() {}

  static ServerServiceDefinition define(
      Entrance<LockService> entrance, Headers headers, CallGuard guard, StreamRegistry streams) {
    TurnCall.Context<LockRequest, LockService.Locked, LockResponse> lock =
        new TurnCall.Context<>(
            entrance.to(locks -> request -> locks.lock(LockWire.name(request), request.getLease())),
            locked -> LockWire.response(headers.at(locked.revision()), locked),
            streams);
    return ServerServiceDefinition.builder(LockGrpc.SERVICE_NAME)
        .addMethod(
            LockGrpc.getLockMethod(),
            guard.guarded((call, metadata) -> TurnCall.start(call, metadata, lock)))
        .addMethod(
            LockGrpc.getUnlockMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (locks, request) -> ErrorTable.withoutCodes(locks.unlock(LockWire.key(request))),
                (request, result) -> LockWire.response(headers.at(result.revision()), result)))
        .build();
  }
}
