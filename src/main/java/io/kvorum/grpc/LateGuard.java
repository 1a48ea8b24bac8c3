package io.kvorum.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import org.jspecify.annotations.Nullable;

/**
 * Puts the guard of all calls before those of a service that is served before there is a guard.
 * Thread-safe.
 *
 * <p>Held by: GrpcSideTest.
 */
final class LateGuard implements ServerInterceptor {
  /** Of a call, whether its client wants it served only while there is a leader. */
  static final Context.Key<Boolean> REQUIRES_LEADER = Context.keyWithDefault("hasleader", false);

  private volatile @Nullable CallGuard guard;

  /** Calls pass it from now on. */
  void set(CallGuard known) {
    guard = known;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    CallGuard known = guard;
    ServerCallHandler<Q, A> handler = known == null ? next : known.guarded(next);
    Context context =
        Context.current().withValue(REQUIRES_LEADER, CallGuard.requiresLeader(headers));
    return Contexts.interceptCall(context, call, headers, handler);
  }
}
