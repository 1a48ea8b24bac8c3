package io.kvorum.rest;

import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseLeasesResponse;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.LeaseRevokeResponse;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.concurrent.CompletionStage;

/**
 * Serves the paths that three calls of the Lease service had before etcd 3.3. Thread-safe.
 *
 * <p>Held by: JsonLeaseIT.
 */
@Path("/kv/lease")
@ApplicationSingleton
public final class LeaseAliasResource {
  private final LeaseResource leases;

  @Inject
  public LeaseAliasResource(LeaseResource leases) {
    this.leases = leases;
  }

  @POST
  @Path("/revoke")
  public CompletionStage<LeaseRevokeResponse> revoke(
      LeaseRevokeRequest request, @Context HttpServletRequest http) {
    return leases.revoke(request, http);
  }

  @POST
  @Path("/timetolive")
  public CompletionStage<LeaseTimeToLiveResponse> timeToLive(
      LeaseTimeToLiveRequest request, @Context HttpServletRequest http) {
    return leases.timeToLive(request, http);
  }

  @POST
  @Path("/leases")
  public CompletionStage<LeaseLeasesResponse> leases(
      LeaseLeasesRequest request, @Context HttpServletRequest http) {
    return leases.leases(request, http);
  }
}
