package io.kvorum.rest;

import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.CompactionResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.KvService;
import io.kvorum.wire.KvWire;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.concurrent.CompletionStage;

/**
 * Serves etcd's KV service as JSON, except what {@link KvServlet} serves. Thread-safe.
 *
 * <p>Held by: JsonKvIT.
 */
@Path("/kv")
@ApplicationSingleton
public final class KvResource {
  private final Entrance<KvService> kv;
  private final Headers headers;
  private final AnswerThreads threads;

  @Inject
  public KvResource(Entrance<KvService> kv, Headers headers, AnswerThreads threads) {
    this.kv = kv;
    this.headers = headers;
    this.threads = threads;
  }

  @POST
  @Path("/compaction")
  public CompletionStage<CompactionResponse> compact(
      CompactionRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        kv.call(
            Callers.of(http),
            request,
            (service, asked) -> service.compact(asked.getRevision(), asked.getPhysical())),
        result -> KvWire.response(headers.at(result.revision()), result));
  }
}
