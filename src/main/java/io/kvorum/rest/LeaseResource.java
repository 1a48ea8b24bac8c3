package io.kvorum.rest;

import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrantResponse;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseLeasesResponse;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.LeaseRevokeResponse;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.LeaseService;
import io.kvorum.wire.LeaseWire;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.concurrent.CompletionStage;

/**
 * Serves etcd's Lease service as JSON, except keep-alives, which are a stream. Thread-safe.
 *
 * <p>Held by: JsonLeaseIT.
 */
@Path("/lease")
@ApplicationSingleton
public final class LeaseResource {
  private final Entrance<LeaseService> leases;
  private final Headers headers;
  private final AnswerThreads threads;

  @Inject
  public LeaseResource(Entrance<LeaseService> leases, Headers headers, AnswerThreads threads) {
    this.leases = leases;
    this.headers = headers;
    this.threads = threads;
  }

  @POST
  @Path("/grant")
  public CompletionStage<LeaseGrantResponse> grant(
      LeaseGrantRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        leases.call(
            Callers.of(http),
            request,
            (service, asked) -> service.grant(asked.getID(), asked.getTTL())),
        result -> LeaseWire.response(headers.at(result.revision()), result));
  }

  @POST
  @Path("/revoke")
  public CompletionStage<LeaseRevokeResponse> revoke(
      LeaseRevokeRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        leases.call(Callers.of(http), request, (service, asked) -> service.revoke(asked.getID())),
        result -> LeaseWire.response(headers.at(result.revision()), result));
  }

  @POST
  @Path("/timetolive")
  public CompletionStage<LeaseTimeToLiveResponse> timeToLive(
      LeaseTimeToLiveRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        leases.call(
            Callers.of(http),
            request,
            (service, asked) -> service.timeToLive(asked.getID(), asked.getKeys())),
        timeToLive -> LeaseWire.response(headers.at(0), timeToLive));
  }

  @POST
  @Path("/leases")
  public CompletionStage<LeaseLeasesResponse> leases(
      LeaseLeasesRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        leases.call(Callers.of(http), request, (service, asked) -> service.leases()),
        ids -> LeaseWire.response(headers.at(0), ids));
  }
}
