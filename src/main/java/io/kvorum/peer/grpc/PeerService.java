package io.kvorum.peer.grpc;

import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.peer.PeerServices;
import io.kvorum.peer.grpc.link.Gate;
import io.kvorum.peer.grpc.link.PeerStreams;
import io.kvorum.peer.grpc.snapshot.SnapshotSender;
import io.kvorum.peer.grpc.wire.HashRecords;
import io.kvorum.peer.grpc.wire.MemberRecords;
import io.kvorum.proto.peer.DescribeRequest;
import io.kvorum.proto.peer.DescribeResponse;
import io.kvorum.proto.peer.HashRequest;
import io.kvorum.proto.peer.HashResponse;
import io.kvorum.proto.peer.LeaseRequest;
import io.kvorum.proto.peer.LeaseResponse;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.proto.peer.PromoteRequest;
import io.kvorum.proto.peer.PromoteResponse;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Defines the gRPC service that other members call, and answers its unary calls. The gate stands
 * before all calls except Describe. Thread-safe.
 *
 * <p>Held by: RemoteLeaderTest, RemoteHashesTest.
 */
final class PeerService {
  private static final Log LOG = Log.of(PeerService.class);

  private final Gate gate;
  private final PeerStreams streams;
  private final SnapshotSender snapshots;
  private final PeerServices services;

  PeerService(Gate gate, PeerStreams streams, SnapshotSender snapshots, PeerServices services) {
    this.gate = gate;
    this.streams = streams;
    this.snapshots = snapshots;
    this.services = services;
  }

  ServerServiceDefinition definition() {
    return ServerServiceDefinition.builder(PeerGrpc.SERVICE_NAME)
        .addMethod(PeerStreams.method(), streams)
        .addMethod(PeerGrpc.getDescribeMethod(), describe())
        .addMethod(
            PeerGrpc.getRenewLeaseMethod(), gate.guarding(lease(id -> services.leases().renew(id))))
        .addMethod(
            PeerGrpc.getLeaseRemainingMethod(),
            gate.guarding(lease(id -> services.leases().remainingSeconds(id))))
        .addMethod(PeerGrpc.getPromoteMemberMethod(), gate.guarding(promoteMember()))
        .addMethod(PeerGrpc.getHashStoreMethod(), gate.guarding(hashStore()))
        .addMethod(PeerGrpc.getPullStateMethod(), gate.guarding(snapshots))
        .build();
  }

  private ServerCallHandler<DescribeRequest, DescribeResponse> describe() {
    return ServerCalls.asyncUnaryCall(
        (request, observer) ->
            answer(
                observer,
                () ->
                    CompletableFuture.completedFuture(
                        MemberRecords.encode(services.description().get())),
                code -> DescribeResponse.getDefaultInstance()));
  }

  private ServerCallHandler<PromoteRequest, PromoteResponse> promoteMember() {
    return ServerCalls.asyncUnaryCall(
        (request, observer) ->
            answer(
                observer,
                () ->
                    services
                        .promotion()
                        .promote(request.getMemberId())
                        .thenApply(
                            members ->
                                PromoteResponse.newBuilder()
                                    .addAllMember(
                                        members.stream().map(MemberRecords::encode).toList())
                                    .build()),
                code -> PromoteResponse.newBuilder().setError(code.name()).build()));
  }

  private ServerCallHandler<HashRequest, HashResponse> hashStore() {
    return ServerCalls.asyncUnaryCall(
        (request, observer) ->
            answer(
                observer,
                () ->
                    services
                        .hashes()
                        .answer(HashRecords.decode(request))
                        .thenApply(HashRecords::encode),
                HashRecords::refusal));
  }

  private static ServerCallHandler<LeaseRequest, LeaseResponse> lease(
      Function<Long, CompletableFuture<Long>> request) {
    return ServerCalls.asyncUnaryCall(
        (message, observer) ->
            answer(
                observer,
                () ->
                    request
                        .apply(message.getLeaseId())
                        .thenApply(
                            seconds -> LeaseResponse.newBuilder().setSeconds(seconds).build()),
                code -> LeaseResponse.newBuilder().setError(code.name()).build()));
  }

  private static <R> void answer(
      StreamObserver<R> observer,
      Supplier<CompletableFuture<R>> work,
      Function<ErrorCode, R> refusal) {
    // With a handler set, an answer to a caller that is gone is dropped rather than an exception.
    ((ServerCallStreamObserver<R>) observer)
        .setOnCancelHandler(() -> LOG.debug("a member did not wait for its answer"));
    CompletableFuture<R> answer;
    try {
      answer = work.get();
    } catch (RuntimeException failure) {
      answer = CompletableFuture.failedFuture(failure);
    }
    answer.whenComplete((response, failure) -> reply(observer, response, failure, refusal));
  }

  private static <R> void reply(
      StreamObserver<R> observer,
      R response,
      @Nullable Throwable failure,
      Function<ErrorCode, R> refusal) {
    if (failure == null) {
      observer.onNext(response);
      observer.onCompleted();
      return;
    }
    Throwable cause = Futures.cause(failure);
    if (cause instanceof RequestException rejected) {
      observer.onNext(refusal.apply(rejected.code()));
      observer.onCompleted();
    } else {
      LOG.error("bug: a request of another member was not answered", cause);
      observer.onError(Status.INTERNAL.withDescription(cause.toString()).asRuntimeException());
    }
  }
}
