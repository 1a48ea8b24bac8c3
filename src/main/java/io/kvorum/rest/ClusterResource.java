package io.kvorum.rest;

import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import io.kvorum.service.ClusterService;
import io.kvorum.service.Headers;
import io.kvorum.wire.ClusterWire;
import jakarta.inject.Inject;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.util.concurrent.CompletionStage;

/** etcd's Cluster service, as far as it is built. */
@Path("/cluster/member")
@Shared
public final class ClusterResource {
  private final ClusterService cluster;
  private final Headers headers;
  private final AnswerThreads threads;

  @Inject
  public ClusterResource(ClusterService cluster, Headers headers, AnswerThreads threads) {
    this.cluster = cluster;
    this.headers = headers;
    this.threads = threads;
  }

  @POST
  @Path("/list")
  public CompletionStage<MemberListResponse> list(MemberListRequest request) {
    return threads.answer(
        cluster.memberList(request.getLinearizable()),
        members -> ClusterWire.response(headers.withoutRevision(), members));
  }
}
