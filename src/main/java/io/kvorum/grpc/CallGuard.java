package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.service.Admission;
import io.kvorum.wire.ErrorTable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses calls before their first request: those whose client has no version that is text, those
 * that require a leader while there is none, and streams that are not admitted. Thread-safe.
 *
 * <p>Held by: StreamRegistryTest, ClientPortTest.
 */
final class CallGuard {
  private static final Metadata.Key<String> HAS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  private final BooleanSupplier hasLeader;
  private final Admission admission;
  private final ClientVersions versions;

  /**
   * @param hasLeader true while a leader is known
   * @param admission decides about streams
   * @param versions counts the calls by their clients
   */
  CallGuard(BooleanSupplier hasLeader, Admission admission, ClientVersions versions) {
    this.hasLeader = hasLeader;
    this.admission = admission;
    this.versions = versions;
  }

  /** True if the client wants the call served only while there is a leader. */
  static boolean requiresLeader(Metadata headers) {
    return "true".equals(headers.get(HAS_LEADER));
  }

  /** Counts a call with this metadata; why it is refused, or null. */
  @Nullable ErrorCode refusal(MethodType type, Metadata headers) {
    if (!versions.count(type, headers)) {
      return ErrorCode.INVALID_CLIENT_API_VERSION;
    }
    return requiresLeader(headers) && !hasLeader.getAsBoolean() ? ErrorCode.NO_LEADER : null;
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
    ErrorCode refusal = refusal(call.getMethodDescriptor().getType(), headers);
    if (refusal != null) {
      throw new RequestException(refusal);
    }
  }
}
