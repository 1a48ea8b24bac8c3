package io.kvorum.rest;

import io.kvorum.proto.etcdserverpb.MemberAddRequest;
import io.kvorum.proto.etcdserverpb.MemberAddResponse;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import io.kvorum.proto.etcdserverpb.MemberPromoteRequest;
import io.kvorum.proto.etcdserverpb.MemberPromoteResponse;
import io.kvorum.proto.etcdserverpb.MemberRemoveRequest;
import io.kvorum.proto.etcdserverpb.MemberRemoveResponse;
import io.kvorum.proto.etcdserverpb.MemberUpdateRequest;
import io.kvorum.proto.etcdserverpb.MemberUpdateResponse;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.wire.ClusterWire;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.concurrent.CompletionStage;

/**
 * Serves etcd's Cluster service as JSON. Thread-safe.
 *
 * <p>Held by: JsonMemberIT.
 */
@Path("/cluster/member")
@ApplicationSingleton
public final class ClusterResource {
  private final Entrance<ClusterService> cluster;
  private final Headers headers;
  private final AnswerThreads threads;

  @Inject
  public ClusterResource(Entrance<ClusterService> cluster, Headers headers, AnswerThreads threads) {
    this.cluster = cluster;
    this.headers = headers;
    this.threads = threads;
  }

  @POST
  @Path("/add")
  public CompletionStage<MemberAddResponse> add(
      MemberAddRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        cluster.call(
            Callers.of(http),
            request,
            (service, asked) -> service.memberAdd(asked.getPeerURLsList(), asked.getIsLearner())),
        added -> ClusterWire.added(headers.withoutRevision(), added));
  }

  @POST
  @Path("/remove")
  public CompletionStage<MemberRemoveResponse> remove(
      MemberRemoveRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        cluster.call(
            Callers.of(http), request, (service, asked) -> service.memberRemove(asked.getID())),
        members -> ClusterWire.removed(headers.withoutRevision(), members));
  }

  @POST
  @Path("/update")
  public CompletionStage<MemberUpdateResponse> update(
      MemberUpdateRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        cluster.call(
            Callers.of(http),
            request,
            (service, asked) -> service.memberUpdate(asked.getID(), asked.getPeerURLsList())),
        members -> ClusterWire.updated(headers.withoutRevision(), members));
  }

  @POST
  @Path("/list")
  public CompletionStage<MemberListResponse> list(
      MemberListRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        cluster.call(
            Callers.of(http),
            request,
            (service, asked) -> service.memberList(asked.getLinearizable())),
        members -> ClusterWire.listed(headers.withoutRevision(), members));
  }

  @POST
  @Path("/promote")
  public CompletionStage<MemberPromoteResponse> promote(
      MemberPromoteRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        cluster.call(
            Callers.of(http), request, (service, asked) -> service.memberPromote(asked.getID())),
        members -> ClusterWire.promoted(headers.withoutRevision(), members));
  }
}
