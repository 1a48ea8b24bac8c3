package io.kvorum.peer.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.kvorum.lease.LeaseClock;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.peer.grpc.link.CallIdentity;
import io.kvorum.peer.grpc.link.Refusal;
import io.kvorum.peer.grpc.link.StatusText;
import io.kvorum.peer.grpc.wire.MemberRecords;
import io.kvorum.proto.peer.LeaseRequest;
import io.kvorum.proto.peer.LeaseResponse;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.proto.peer.PromoteRequest;
import io.kvorum.support.Log;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to the leader, another member, over the open link to it: for leases and for the
 * promotion of learners. Thread-safe; does not block.
 *
 * <p>Each request is sent once. It fails with NO_LEADER if it did not leave this member or was
 * refused, and with TIMEOUT or TIMEOUT_CONNECTION_LOST if its outcome is unknown.
 */
public final class RemoteLeader implements LeaseClock, MemberPromotion {
  private static final Log LOG = Log.of(RemoteLeader.class);

  private final GrpcPeerTransport transport;
  private final LongSupplier leader;

  /**
   * @param leader the id of the leader; 0 if there is none, or it is this member
   */
  public RemoteLeader(GrpcPeerTransport transport, LongSupplier leader) {
    this.transport = transport;
    this.leader = leader;
  }

  @Override
  public CompletableFuture<Long> renew(long leaseId) {
    return lease(PeerGrpc.getRenewLeaseMethod(), leaseId);
  }

  @Override
  public CompletableFuture<Long> remainingSeconds(long leaseId) {
    return lease(PeerGrpc.getLeaseRemainingMethod(), leaseId);
  }

  @Override
  public CompletableFuture<List<ClusterMember>> promote(long memberId) {
    return call(
        PeerGrpc.getPromoteMemberMethod(),
        PromoteRequest.newBuilder().setMemberId(memberId).build(),
        response ->
            orError(
                response.getError(),
                response.getMemberList().stream().map(MemberRecords::decode).toList()));
  }

  private CompletableFuture<Long> lease(
      MethodDescriptor<LeaseRequest, LeaseResponse> method, long leaseId) {
    return call(
        method,
        LeaseRequest.newBuilder().setLeaseId(leaseId).build(),
        response -> orError(response.getError(), response.getSeconds()));
  }

  private <Q, R, T> CompletableFuture<T> call(
      MethodDescriptor<Q, R> method, Q request, Function<R, CompletableFuture<T>> result) {
    long leaderId = leader.getAsLong();
    Channel channel = leaderId == 0 ? null : transport.channelTo(leaderId);
    if (channel == null) {
      return CompletableFuture.failedFuture(new RequestException(ErrorCode.NO_LEADER));
    }
    ClientCall<Q, R> call =
        channel.newCall(
            method,
            CallOptions.DEFAULT.withDeadlineAfter(
                transport.settings().requestTimeout().toNanos(), TimeUnit.NANOSECONDS));
    Answer<R> answer = new Answer<>();
    call.start(answer, CallIdentity.of(transport.self(), leaderId).headers());
    call.sendMessage(request);
    call.halfClose();
    call.request(2);
    return answer.future.thenCompose(result);
  }

  /**
   * @param error the name of an error code; empty if there is none
   */
  private static <T> CompletableFuture<T> orError(String error, T result) {
    return error.isEmpty()
        ? CompletableFuture.completedFuture(result)
        : CompletableFuture.failedFuture(new RequestException(codeOf(error)));
  }

  private static ErrorCode codeOf(String name) {
    for (ErrorCode code : ErrorCode.values()) {
      if (code.name().equals(name)) {
        return code;
      }
    }
    LOG.warning("the leader answered with an unknown error: {}", name);
    return ErrorCode.TIMEOUT;
  }

  private static ErrorCode codeOf(Status status, @Nullable Refusal refusal) {
    if (refusal != null) {
      return ErrorCode.NO_LEADER;
    }
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED -> ErrorCode.TIMEOUT;
      case UNAVAILABLE, CANCELLED -> ErrorCode.TIMEOUT_CONNECTION_LOST;
      default -> {
        LOG.warning("the leader did not answer: {}", StatusText.of(status));
        yield ErrorCode.TIMEOUT;
      }
    };
  }

  private static final class Answer<R> extends ClientCall.Listener<R> {
    private final CompletableFuture<R> future = new CompletableFuture<>();
    private @Nullable R response;

    @Override
    public void onMessage(R message) {
      response = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk() && response != null) {
        future.complete(response);
      } else {
        future.completeExceptionally(new RequestException(codeOf(status, Refusal.in(trailers))));
      }
    }
  }
}
