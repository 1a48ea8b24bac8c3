package io.kvorum.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.kvorum.model.ErrorCode;
import io.kvorum.wire.ErrorTable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the calls of a service that is not etcd's among those of their connection, and limits how
 * many are open at a time, so that they cannot fill the memory either. Thread-safe.
 *
 * <p>Held by: GrpcSideTest.
 */
final class CountedCalls implements ServerInterceptor {
  private final int most;
  private final AtomicInteger open = new AtomicInteger();

  /**
   * @param most calls at a time, of all connections
   */
  CountedCalls(int most) {
    this.most = most;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ClientConnection connection = ClientConnection.of(call);
    int headerBytes = ClientConnection.headerBytes(call, headers, connection.caller(headers));
    if (open.incrementAndGet() > most || !connection.callBegins(headerBytes)) {
      return refuse(call);
    }
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      @Override
      public void onCancel() {
        ends(connection, headerBytes);
        super.onCancel();
      }

      @Override
      public void onComplete() {
        ends(connection, headerBytes);
        super.onComplete();
      }
    };
  }

  private <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call) {
    open.decrementAndGet();
    call.close(ErrorTable.statusOf(ErrorCode.TOO_MANY_REQUESTS), new Metadata());
    return new ServerCall.Listener<>() {};
  }

  private void ends(ClientConnection connection, int headerBytes) {
    open.decrementAndGet();
    connection.callEnds(headerBytes);
  }
}
