package io.kvorum.rest;

import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.LockResponse;
import io.kvorum.proto.v3lockpb.UnlockRequest;
import io.kvorum.proto.v3lockpb.UnlockResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.LockService;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.LockWire;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.concurrent.CompletionStage;

/**
 * Serves etcd's Lock service as JSON. Thread-safe.
 *
 * <p>Held by: JsonLockIT.
 */
@Path("/lock")
@ApplicationSingleton
public final class LockResource {
  private final Entrance<LockService> locks;
  private final Headers headers;
  private final TurnAnswers turns;
  private final AnswerThreads threads;

  @Inject
  public LockResource(
      Entrance<LockService> locks, Headers headers, TurnAnswers turns, AnswerThreads threads) {
    this.locks = locks;
    this.headers = headers;
    this.turns = turns;
    this.threads = threads;
  }

  @POST
  @Path("/lock")
  public CompletionStage<LockResponse> lock(LockRequest request, @Context HttpServletRequest http) {
    return turns.answer(
        http,
        locks.turn(
            Callers.of(http),
            request,
            (service, asked) -> service.lock(LockWire.name(asked), asked.getLease())),
        locked -> LockWire.response(headers.at(locked.revision()), locked));
  }

  @POST
  @Path("/unlock")
  public CompletionStage<UnlockResponse> unlock(
      UnlockRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        ErrorTable.withoutCodes(
            locks.call(
                Callers.of(http),
                request,
                (service, asked) -> service.unlock(LockWire.key(asked)))),
        result -> LockWire.response(headers.at(result.revision()), result));
  }
}
