package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.service.Admission;
import io.kvorum.wire.ErrorTable;
import java.util.function.BooleanSupplier;

/**
 * Refuses calls before their first request: those that require a leader while there is none, and
 * streams that are not admitted. Thread-safe.
 *
 * <p>Held by: StreamRegistryTest, ClientPortTest.
 */
final class CallGuard {
  private static final Metadata.Key<String> HAS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  private final BooleanSupplier hasLeader;
  private final Admission admission;

  /**
   * @param hasLeader true while a leader is known
   * @param admission decides about streams
   */
  CallGuard(BooleanSupplier hasLeader, Admission admission) {
    this.hasLeader = hasLeader;
    this.admission = admission;
  }

  /** True if the client wants the call served only while there is a leader. */
  static boolean requiresLeader(Metadata headers) {
    return "true".equals(headers.get(HAS_LEADER));
  }

  /** True if the call requires a leader and there is none. */
  boolean lacksLeader(Metadata headers) {
    return requiresLeader(headers) && !hasLeader.getAsBoolean();
  }

  /** Puts the guard before the handler of a stream. */
  <Q, A> ServerCallHandler<Q, A> guarded(ServerCallHandler<Q, A> handler) {
    return (call, headers) -> {
      try {
        check(call, headers);
      } catch (RequestException refusal) {
        call.close(ErrorTable.statusOf(refusal), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return handler.startCall(call, headers);
    };
  }

  private void check(ServerCall<?, ?> call, Metadata headers) {
    admission.checkOpening(
        ClientConnection.of(call).caller(headers), call.getMethodDescriptor().getFullMethodName());
    if (lacksLeader(headers)) {
      throw new RequestException(ErrorCode.NO_LEADER);
    }
  }
}
