package io.kvorum.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.service.Entrance;
import io.kvorum.service.Turn;
import io.kvorum.wire.ErrorTable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves one call that waits for its turn. However it ends without its answer (the client cancels,
 * its deadline passes, its connection breaks, the member stops), the turn is abandoned, and with it
 * the key. Confined to the connection's event loop, except for {@link #end}.
 *
 * @param <Q> the request
 * @param <R> the result of the turn
 * @param <A> the answer made from it
 */
final class TurnCall<Q, R, A extends MessageLite> extends OneRequestCall<Q, A> {

  /** That a client requires a leader is checked at the start, as for all calls with one answer. */
  private static final Metadata WITHOUT_LEADER = new Metadata();

  /**
   * The collaborators of all calls of a method.
   *
   * @param start starts a turn
   */
  record Context<Q, R, A>(
      Entrance<Function<Q, Turn<R>>> start, Function<R, A> answer, StreamRegistry streams) {}

  private final Context<Q, R, A> context;
  private @Nullable Turn<R> turn;

  private TurnCall(ServerCall<Q, A> call, Metadata headers, Context<Q, R, A> context) {
    super(call, headers, context.streams());
    this.context = context;
  }

  static <Q, R, A extends MessageLite> ServerCall.Listener<Q> start(
      ServerCall<Q, A> call, Metadata headers, Context<Q, R, A> context) {
    return new TurnCall<>(call, headers, context).begin(WITHOUT_LEADER);
  }

  @Override
  protected CompletableFuture<Void> recognized() {
    return context.start().recognize(caller());
  }

  @Override
  protected void start(Q asked) {
    Turn<R> started = context.start().turn(caller(), asked, Function::apply);
    turn = started;
    started
        .result()
        .whenComplete((result, failure) -> runLater(() -> answer(started, result, failure)));
  }

  private void answer(Turn<R> ended, @Nullable R result, @Nullable Throwable failure) {
    if (isClosed()) {
      return;
    }
    if (result == null) {
      close(failure == null ? Status.INTERNAL : ErrorTable.statusWithoutCode(failure));
      return;
    }
    A message = context.answer().apply(result);
    send(message, message.getSerializedSize());
    ended.delivered();
    close(Status.OK);
  }

  @Override
  protected void release() {
    Turn<R> started = turn;
    if (started != null) {
      started.abandon();
    }
  }
}
