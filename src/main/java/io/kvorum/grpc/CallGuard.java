package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.kvorum.model.ErrorCode;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.LearnerCalls;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses calls that this member cannot serve now: those that require a leader while there is none,
 * and those that a learner does not serve. Thread-safe.
 *
 * <p>Held by: StreamRegistryTest, ClientPortTest.
 */
final class CallGuard {
  private static final Metadata.Key<String> HAS_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  private final BooleanSupplier hasLeader;
  private final BooleanSupplier isLearner;

  /**
   * @param hasLeader true while a leader is known
   * @param isLearner true while this member is a learner
   */
  CallGuard(BooleanSupplier hasLeader, BooleanSupplier isLearner) {
    this.hasLeader = hasLeader;
    this.isLearner = isLearner;
  }

  /** True if the client wants the call served only while there is a leader. */
  static boolean requiresLeader(Metadata headers) {
    return "true".equals(headers.get(HAS_LEADER));
  }

  /** True if the call requires a leader and there is none. */
  boolean lacksLeader(Metadata headers) {
    return requiresLeader(headers) && !hasLeader.getAsBoolean();
  }

  /** True if this member is a learner and learners do not serve that request. */
  boolean isBeyondLearner(Object request) {
    return isLearner.getAsBoolean() && !LearnerCalls.isServed(request);
  }

  /** Puts the guard before the handler of a stream. */
  <Q, A> ServerCallHandler<Q, A> guarded(ServerCallHandler<Q, A> handler) {
    return (call, headers) -> {
      ErrorCode refusal = refusal(call.getMethodDescriptor().getFullMethodName(), headers);
      if (refusal != null) {
        call.close(ErrorTable.statusOf(refusal), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return handler.startCall(call, headers);
    };
  }

  private @Nullable ErrorCode refusal(String method, Metadata headers) {
    if (isLearner.getAsBoolean() && !LearnerCalls.isStreamServed(method)) {
      return ErrorCode.NOT_SUPPORTED_FOR_LEARNER;
    }
    return lacksLeader(headers) ? ErrorCode.NO_LEADER : null;
  }
}
