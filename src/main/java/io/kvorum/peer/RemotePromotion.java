package io.kvorum.peer;

import io.kvorum.membership.MemberPromotion;
import io.kvorum.model.ClusterMember;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.proto.peer.PromoteRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** Has another member promote learners, the leader. Thread-safe. */
public final class RemotePromotion implements MemberPromotion {
  private final LeaderQuestions questions;

  /**
   * @param leader the id of the member that leads, not this one; 0 if none does
   */
  public RemotePromotion(GrpcPeerTransport transport, LongSupplier leader) {
    this.questions = new LeaderQuestions(transport, leader);
  }

  @Override
  public CompletableFuture<List<ClusterMember>> promote(long memberId) {
    return questions
        .ask(
            PeerGrpc.getPromoteMemberMethod(),
            PromoteRequest.newBuilder().setMemberId(memberId).build())
        .thenCompose(
            response ->
                response.getError().isEmpty()
                    ? CompletableFuture.completedFuture(
                        response.getMemberList().stream().map(MemberRecords::decode).toList())
                    : CompletableFuture.failedFuture(LeaderQuestions.failure(response.getError())));
  }
}
