package io.kvorum.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.kvorum.model.ErrorCode;
import io.kvorum.wire.ErrorTable;

/**
 * Counts the calls of services that are not etcd's among those of their connection, so that they
 * cannot fill the memory either. Stateless.
 *
 * <p>Held by: GrpcSideTest.
 */
final class CountedCalls implements ServerInterceptor {
  static final CountedCalls INSTANCE = new CountedCalls();

  private CountedCalls() {}

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ClientConnection connection = ClientConnection.of(call);
    if (!connection.callBegins()) {
      call.close(ErrorTable.statusOf(ErrorCode.TOO_MANY_REQUESTS), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      @Override
      public void onCancel() {
        connection.callEnds();
        super.onCancel();
      }

      @Override
      public void onComplete() {
        connection.callEnds();
        super.onComplete();
      }
    };
  }
}
