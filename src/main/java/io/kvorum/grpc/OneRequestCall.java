package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.wire.ErrorTable;
import org.jspecify.annotations.Nullable;

/**
 * Holds what all calls that stay open for the sake of their answers have in common: one request,
 * which is started once the client has half-closed, and never after the end of the call. Confined
 * as {@link StreamCall}.
 *
 * <p>Held by: RangeStreamCallTest, TurnCallTest.
 *
 * @param <Q> the request
 * @param <A> the answers
 */
abstract class OneRequestCall<Q, A> extends StreamCall<Q, A> {
  private @Nullable Q request;

  OneRequestCall(ServerCall<Q, A> call, Metadata headers, StreamRegistry streams) {
    super(call, headers, streams);
  }

  /** Registers the call and requests two messages, so that a second one is noticed. */
  final ServerCall.Listener<Q> begin(Metadata headers) {
    return begin(headers, 2);
  }

  /**
   * Serves the request.
   *
   * @throws RuntimeException the call ends with its status
   */
  protected abstract void start(Q asked);

  @Override
  protected final void take(Q message) {
    if (request != null) {
      close(Status.INTERNAL.withDescription("Too many requests"));
      return;
    }
    request = message;
  }

  @Override
  public final void onHalfClose() {
    if (isClosed()) {
      return;
    }
    Q asked = request;
    if (asked == null) {
      close(Status.INTERNAL.withDescription("Half-closed without a request"));
      return;
    }
    try {
      start(asked);
    } catch (RuntimeException refusal) {
      close(ErrorTable.statusOf(refusal));
    }
  }
}
