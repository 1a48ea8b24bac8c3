package io.kvorum.peer;

import io.grpc.MethodDescriptor;
import io.kvorum.lease.LeaseClock;
import io.kvorum.proto.peer.LeaseRequest;
import io.kvorum.proto.peer.LeaseResponse;
import io.kvorum.proto.peer.PeerGrpc;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** The leases as another member knows them, the leader. Thread-safe. */
public final class RemoteLeaseClock implements LeaseClock {
  private final LeaderQuestions questions;

  /**
   * @param leader the id of the member that leads, not this one; 0 if none does
   */
  public RemoteLeaseClock(GrpcPeerTransport transport, LongSupplier leader) {
    this.questions = new LeaderQuestions(transport, leader);
  }

  @Override
  public CompletableFuture<Long> renew(long leaseId) {
    return ask(PeerGrpc.getRenewLeaseMethod(), leaseId);
  }

  @Override
  public CompletableFuture<Long> remainingSeconds(long leaseId) {
    return ask(PeerGrpc.getLeaseRemainingMethod(), leaseId);
  }

  private CompletableFuture<Long> ask(
      MethodDescriptor<LeaseRequest, LeaseResponse> method, long leaseId) {
    return questions
        .ask(method, LeaseRequest.newBuilder().setLeaseId(leaseId).build())
        .thenCompose(
            response ->
                response.getError().isEmpty()
                    ? CompletableFuture.completedFuture(response.getSeconds())
                    : CompletableFuture.failedFuture(LeaderQuestions.failure(response.getError())));
  }
}
