package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.service.Caller;
import java.util.function.BiConsumer;

/** Serves puts that store nothing, and shows a test who has called. */
final class NotedPuts {
  private NotedPuts() {}

  static ServerServiceDefinition shownTo(BiConsumer<ServerCall<?, ?>, Caller> test) {
    return ServerInterceptors.intercept(
        ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
            .addMethod(
                KVGrpc.getPutMethod(),
                ServerCalls.asyncUnaryCall(
                    (PutRequest request, StreamObserver<PutResponse> answer) -> {
                      answer.onNext(PutResponse.getDefaultInstance());
                      answer.onCompleted();
                    }))
            .build(),
        new ServerInterceptor() {
          @Override
          public <Q, A> ServerCall.Listener<Q> interceptCall(
              ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            test.accept(call, ClientConnection.of(call).caller(headers));
            return next.startCall(call, headers);
          }
        });
  }
}
