package io.kvorum.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.service.Caller;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.Entrance;
import io.kvorum.support.MemoryBudget.Hold;
import io.kvorum.wire.ErrorTable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Serves a method with one request and one answer.
 *
 * <p>The request is started on the event loop, which it must not block. A result that is there at
 * once is answered at once; any other comes back through the {@link Outbox}, so that the thread
 * that completes it (often the Raft thread) neither encodes nor writes. One object per call.
 *
 * <p>The answer is given to the transport once there is room for it in memory, and takes that room
 * until it has been written. A call that is cancelled keeps what it holds until its result has come
 * back: it may be half read, or wait for the event loop.
 *
 * <p>Held by: ClientPortTest, UnreadAnswersTest, RequestLimitsTest.
 *
 * @param <S> the service
 * @param <Q> the request
 * @param <R> the result of serving it
 * @param <A> the answer made from the result
 */
final class UnaryHandler<S, Q, R, A extends MessageLite> implements ServerCallHandler<Q, A> {
  private final CallGuard guard;
  private final Entrance<S> service;
  private final Entrance.Use<S, Q, R> use;
  private final BiFunction<Q, R, A> answer;

  /** Of a method whose requests and results are small. */
  UnaryHandler(
      CallGuard guard,
      Entrance<S> service,
      BiFunction<S, Q, CompletableFuture<R>> use,
      BiFunction<Q, R, A> answer) {
    this(guard, service, (admitting, request, hold) -> use.apply(admitting, request), answer);
  }

  /**
   * @param use serves a request; its hold is closed when the call is over and its result has come
   *     back, abandoned when the client has cancelled it
   */
  UnaryHandler(
      CallGuard guard, Entrance<S> service, Entrance.Use<S, Q, R> use, BiFunction<Q, R, A> answer) {
    this.guard = guard;
    this.service = service;
    this.use = use;
    this.answer = answer;
  }

  @Override
  public ServerCall.Listener<Q> startCall(ServerCall<Q, A> call, Metadata headers) {
    ErrorCode refusal = guard.refusal(MethodType.UNARY, headers);
    if (refusal != null) {
      return refused(call, refusal);
    }
    ClientConnection connection = ClientConnection.of(call);
    Caller caller = connection.caller(headers);
    int headerBytes = ClientConnection.headerBytes(call, headers, caller);
    if (!connection.callBegins(headerBytes)) {
      return refused(call, ErrorCode.TOO_MANY_REQUESTS);
    }
    Hold hold = connection.account().open();
    // Two, so that a second request is noticed.
    call.request(2);
    return new Call<>(this, call, connection, caller, headerBytes, hold);
  }

  private static <Q> ServerCall.Listener<Q> refused(ServerCall<Q, ?> call, ErrorCode code) {
    call.close(ErrorTable.statusOf(code), new Metadata());
    return new ServerCall.Listener<>() {};
  }

  private static final class Call<S, Q, R, A extends MessageLite> extends ServerCall.Listener<Q>
      implements BiConsumer<@Nullable R, @Nullable Throwable>, Runnable {
    private final UnaryHandler<S, Q, R, A> handler;
    private final ServerCall<Q, A> call;
    private final ClientConnection connection;
    private final Caller caller;
    private final int headerBytes;
    private final Hold hold;
    private @Nullable Q request;
    private boolean isOpen = true;
    private boolean isClosed;
    private boolean isPending;
    private long sentBytes;

    // Written before the call is put into the outbox, read after it is taken out.
    private @Nullable R result;
    private @Nullable Throwable failure;

    Call(
        UnaryHandler<S, Q, R, A> handler,
        ServerCall<Q, A> call,
        ClientConnection connection,
        Caller caller,
        int headerBytes,
        Hold hold) {
      this.handler = handler;
      this.call = call;
      this.connection = connection;
      this.caller = caller;
      this.headerBytes = headerBytes;
      this.hold = hold;
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
      CompletableFuture<R> future;
      try {
        future = handler.service.call(caller, started, hold, handler.use);
      } catch (RuntimeException refusal) {
        close(ErrorTable.statusOf(refusal));
        return;
      }
      if (!future.isDone()) {
        isPending = true;
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
      connection.outbox().add(this);
    }

    /** On the event loop. */
    @Override
    public void run() {
      isPending = false;
      R value = result;
      Q asked = request;
      result = null;
      request = null;
      if (isOver()) {
        if (!isOpen) {
          release();
        }
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
      int size = message.getSerializedSize();
      if (size <= ClientLimits.FREE_BYTES && connection.isRead()) {
        hold.settle(0);
        send(message, size);
      } else {
        sendWithRoom(message, size);
      }
    }

    /** What the result took is free once the message has been made of it. */
    private void sendWithRoom(A message, int size) {
      long missing = size - hold.bytes();
      if (missing <= 0) {
        hold.give(-missing);
        send(message, size);
        return;
      }
      CompletableFuture<Void> room = hold.take(missing);
      if (room.isDone() && !room.isCompletedExceptionally()) {
        send(message, size);
        return;
      }
      isPending = true;
      room.whenComplete(
          (taken, refusal) -> connection.outbox().add(() -> goOn(message, size, refusal)));
    }

    private void goOn(A message, int size, @Nullable Throwable refusal) {
      isPending = false;
      if (isOver()) {
        if (!isOpen) {
          release();
        }
      } else if (refusal == null) {
        send(message, size);
      } else {
        close(ErrorTable.statusOf(refusal));
      }
    }

    private void send(A message, int size) {
      sentBytes = size;
      connection.sent(size);
      call.sendHeaders(new Metadata());
      call.sendMessage(message);
      close(Status.OK);
    }

    private boolean isOver() {
      return isClosed || call.isCancelled();
    }

    private void close(Status status) {
      isClosed = true;
      call.close(status, new Metadata());
    }

    @Override
    public void onComplete() {
      end();
    }

    @Override
    public void onCancel() {
      end();
    }

    private void end() {
      isOpen = false;
      hold.abandon();
      if (!isPending) {
        release();
      }
    }

    /** Once, when the call is over and nothing of it is under way. */
    private void release() {
      hold.close();
      connection.callEnds(headerBytes);
      if (sentBytes > 0) {
        connection.finished(sentBytes);
        sentBytes = 0;
      }
    }
  }
}
