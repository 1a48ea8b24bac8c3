package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.wire.ErrorTable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves a method with one request and one answer.
 *
 * <p>The request is started on the event loop, which it must not block. A result that is there at
 * once is answered at once; any other comes back through the {@link Outbox}, so that the thread
 * that completes it (often the Raft thread) neither encodes nor writes. One object per call.
 *
 * <p>Held by: ClientPortTest.
 *
 * @param <Q> the request
 * @param <R> the result of serving it
 * @param <A> the answer made from the result
 */
final class UnaryHandler<Q, R, A> implements ServerCallHandler<Q, A> {
  private final CallGuard guard;
  private final Function<Q, CompletableFuture<R>> start;
  private final BiFunction<Q, R, A> answer;

  UnaryHandler(
      CallGuard guard, Function<Q, CompletableFuture<R>> start, BiFunction<Q, R, A> answer) {
    this.guard = guard;
    this.start = start;
    this.answer = answer;
  }

  @Override
  public ServerCall.Listener<Q> startCall(ServerCall<Q, A> call, Metadata headers) {
    if (guard.lacksLeader(headers)) {
      call.close(ErrorTable.statusOf(ErrorCode.NO_LEADER), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    // Two, so that a second request is noticed.
    call.request(2);
    return new Call<>(this, call);
  }

  private static final class Call<Q, R, A> extends ServerCall.Listener<Q>
      implements BiConsumer<@Nullable R, @Nullable Throwable>, Runnable {
    private final UnaryHandler<Q, R, A> handler;
    private final ServerCall<Q, A> call;
    private @Nullable Q request;
    private boolean isClosed;

    // Written before the call is put into the outbox, read after it is taken out.
    private @Nullable R result;
    private @Nullable Throwable failure;

    Call(UnaryHandler<Q, R, A> handler, ServerCall<Q, A> call) {
      this.handler = handler;
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (request != null) {
        close(Status.INTERNAL.withDescription("Too many requests"));
        return;
      }
      request = message;
    }

    @Override
    public void onHalfClose() {
      if (isClosed) {
        return;
      }
      Q started = request;
      if (started == null) {
        close(Status.INTERNAL.withDescription("Half-closed without a request"));
        return;
      }
      if (handler.guard.isBeyondLearner(started)) {
        close(ErrorTable.statusOf(ErrorCode.NOT_SUPPORTED_FOR_LEARNER));
        return;
      }
      CompletableFuture<R> future;
      try {
        future = handler.start.apply(started);
      } catch (RuntimeException refusal) {
        close(ErrorTable.statusOf(refusal));
        return;
      }
      if (!future.isDone()) {
        future.whenComplete(this);
        return;
      }
      try {
        result = future.join();
      } catch (CompletionException | CancellationException failed) {
        failure = failed;
      }
      run();
    }

    /** Runs on the thread that completes the request. */
    @Override
    public void accept(@Nullable R value, @Nullable Throwable thrown) {
      result = value;
      failure = thrown;
      Outbox.of(call).add(this);
    }

    /** On the event loop. */
    @Override
    public void run() {
      R value = result;
      Q asked = request;
      if (isClosed || call.isCancelled()) {
        return;
      }
      if (failure != null || value == null || asked == null) {
        close(
            failure == null
                ? Status.INTERNAL.withDescription("no result")
                : ErrorTable.statusOf(failure));
        return;
      }
      A message;
      try {
        message = handler.answer.apply(asked, value);
      } catch (RuntimeException bug) {
        close(ErrorTable.statusOf(bug));
        return;
      }
      call.sendHeaders(new Metadata());
      call.sendMessage(message);
      close(Status.OK);
    }

    private void close(Status status) {
      isClosed = true;
      call.close(status, new Metadata());
    }
  }
}
