package io.kvorum.grpc;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.kvorum.model.ErrorCode;
import io.kvorum.proto.grpc.health.v1.HealthCheckRequest;
import io.kvorum.proto.grpc.health.v1.HealthCheckResponse;
import io.kvorum.proto.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.kvorum.proto.grpc.health.v1.HealthGrpc;
import io.kvorum.proto.grpc.health.v1.HealthListRequest;
import io.kvorum.proto.grpc.health.v1.HealthListResponse;
import io.kvorum.wire.ErrorTable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Serves gRPC's health service as etcd has it: one name, the empty one, stands for the whole
 * member. It serves from the moment that clients are served until the member stops. Needs no user.
 * Watchers that require a leader are ended as all such streams are. Thread-safe.
 *
 * <p>Held by: GrpcSideTest.
 */
final class HealthCalls extends HealthGrpc.HealthImplBase implements StreamRegistry.OpenStream {
  private static final String WHOLE_MEMBER = "";

  private final Map<StreamObserver<HealthCheckResponse>, Watcher> watchers =
      new ConcurrentHashMap<>();
  private volatile ServingStatus status = ServingStatus.SERVING;

  /**
   * What a watcher has asked for.
   *
   * @param isOfMember false if it watches a service that is unknown
   */
  private record Watcher(boolean isOfMember, boolean requiresLeader) {}

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answers) {
    if (request.getService().equals(WHOLE_MEMBER)) {
      answers.onNext(response(status));
      answers.onCompleted();
    } else {
      answers.onError(Status.NOT_FOUND.withDescription("unknown service").asRuntimeException());
    }
  }

  @Override
  public void list(HealthListRequest request, StreamObserver<HealthListResponse> answers) {
    answers.onNext(
        HealthListResponse.newBuilder().putStatuses(WHOLE_MEMBER, response(status)).build());
    answers.onCompleted();
  }

  /** Stays open: a service that is unknown may become known, says the protocol. */
  @Override
  public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answers) {
    boolean isOfMember = request.getService().equals(WHOLE_MEMBER);
    ((ServerCallStreamObserver<HealthCheckResponse>) answers)
        .setOnCancelHandler(() -> watchers.remove(answers));
    answers.onNext(response(isOfMember ? status : ServingStatus.SERVICE_UNKNOWN));
    watchers.put(answers, new Watcher(isOfMember, LateGuard.REQUIRES_LEADER.get()));
    if (isOfMember && status != ServingStatus.SERVING) {
      endServing(answers);
    }
  }

  /** Notifies watchers that this member is stopping, and ends them; again does nothing. */
  void stop() {
    status = ServingStatus.NOT_SERVING;
    watchers.forEach(
        (answers, watcher) -> {
          if (watcher.isOfMember()) {
            endServing(answers);
          }
        });
  }

  /** Ends those that require a leader. */
  @Override
  public void end(Status reason) {
    watchers.forEach(
        (answers, watcher) -> {
          if (watcher.requiresLeader() && watchers.remove(answers) != null) {
            answers.onError(reason.asRuntimeException());
          }
        });
  }

  /** Only the thread that removes a watcher sends to it. */
  private void endServing(StreamObserver<HealthCheckResponse> answers) {
    if (watchers.remove(answers) != null) {
      answers.onNext(response(ServingStatus.NOT_SERVING));
      answers.onError(ErrorTable.statusOf(ErrorCode.STOPPED).asRuntimeException());
    }
  }

  private static HealthCheckResponse response(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }
}
