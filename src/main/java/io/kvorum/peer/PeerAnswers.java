package io.kvorum.peer;

import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.peer.DescribeRequest;
import io.kvorum.proto.peer.DescribeResponse;
import io.kvorum.proto.peer.LeaseRequest;
import io.kvorum.proto.peer.LeaseResponse;
import io.kvorum.proto.peer.PromoteRequest;
import io.kvorum.proto.peer.PromoteResponse;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;

/** Answers the questions of other members. Thread-safe. */
final class PeerAnswers {
  private static final System.Logger LOG = System.getLogger(PeerAnswers.class.getName());

  private final PeerServices services;

  PeerAnswers(PeerServices services) {
    this.services = services;
  }

  ServerCallHandler<DescribeRequest, DescribeResponse> describe() {
    return ServerCalls.asyncUnaryCall(
        (request, observer) ->
            answer(
                observer,
                () ->
                    CompletableFuture.completedFuture(
                        MemberRecords.encode(services.description().get())),
                code -> DescribeResponse.getDefaultInstance()));
  }

  ServerCallHandler<LeaseRequest, LeaseResponse> renewLease() {
    return lease(id -> services.leases().renew(id));
  }

  ServerCallHandler<LeaseRequest, LeaseResponse> leaseRemaining() {
    return lease(id -> services.leases().remainingSeconds(id));
  }

  ServerCallHandler<PromoteRequest, PromoteResponse> promoteMember() {
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

  private static ServerCallHandler<LeaseRequest, LeaseResponse> lease(
      Function<Long, CompletableFuture<Long>> question) {
    return ServerCalls.asyncUnaryCall(
        (request, observer) ->
            answer(
                observer,
                () ->
                    question
                        .apply(request.getLeaseId())
                        .thenApply(
                            seconds -> LeaseResponse.newBuilder().setSeconds(seconds).build()),
                code -> LeaseResponse.newBuilder().setError(code.name()).build()));
  }

  private static <R> void answer(
      StreamObserver<R> observer,
      Supplier<CompletableFuture<R>> work,
      Function<ErrorCode, R> refusal) {
    // With a handler set, an answer to who has gone is dropped, and no exception.
    ((ServerCallStreamObserver<R>) observer)
        .setOnCancelHandler(() -> LOG.log(Level.DEBUG, "a member did not wait for its answer"));
    CompletableFuture<R> answer;
    try {
      answer = work.get();
    } catch (RuntimeException failure) {
      answer = CompletableFuture.failedFuture(failure);
    }
    answer.whenComplete((response, failure) -> reply(observer, response, failure, refusal));
  }

  private static <R> void reply(
      StreamObserver<R> observer, R response, Throwable failure, Function<ErrorCode, R> refusal) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause == null) {
      observer.onNext(response);
      observer.onCompleted();
    } else if (cause instanceof RequestException rejected) {
      observer.onNext(refusal.apply(rejected.code()));
      observer.onCompleted();
    } else {
      LOG.log(Level.ERROR, "bug: a question of another member was not answered", cause);
      observer.onError(Status.INTERNAL.withDescription(cause.toString()).asRuntimeException());
    }
  }
}
