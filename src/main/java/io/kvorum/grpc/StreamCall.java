package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.service.Caller;
import io.kvorum.service.Entrance;
import io.kvorum.support.MemoryBudget.Hold;
import io.kvorum.wire.ErrorTable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Holds what all calls that stay open have in common: registration, flow control of requests, and
 * an end that happens once, whether the client, the call or the member causes it.
 *
 * <p>Confined to the connection's event loop, except for {@link #end}, {@link #wake} and {@link
 * #runLater}. After {@link #isClosed} is true nothing is sent.
 *
 * <p>Held by: WatchCallTest, KeepAliveCallTest, RangeStreamCallTest.
 *
 * @param <Q> the requests
 * @param <A> the answers
 */
abstract class StreamCall<Q, A> extends ServerCall.Listener<Q>
    implements StreamRegistry.OpenStream {
  private static final CompletableFuture<Void> RECOGNIZED = CompletableFuture.completedFuture(null);

  private final ServerCall<Q, A> call;
  private final StreamRegistry streams;
  private final ClientConnection connection;
  private final Caller caller;
  private final int headerBytes;
  private final Hold hold;
  private final AtomicBoolean isWoken = new AtomicBoolean();
  private boolean hasSentHeaders;
  private long unreadBytes;
  private boolean isRequestDue;
  private boolean isClosed;
  private boolean isCounted;
  private Entrance.@Nullable Visit<?> visit;

  /**
   * @param headers those of the call, which name its caller
   */
  StreamCall(ServerCall<Q, A> call, Metadata headers, StreamRegistry streams) {
    this.call = call;
    this.streams = streams;
    this.connection = ClientConnection.of(call);
    this.caller = connection.caller(headers);
    this.headerBytes = ClientConnection.headerBytes(call, headers, caller);
    this.hold = connection.account().open();
  }

  /**
   * Registers the call and requests the first messages.
   *
   * @param requests two where a second request is an error, so that it is noticed; otherwise one
   */
  final ServerCall.Listener<Q> begin(Metadata headers, int requests) {
    if (!connection.callBegins(headerBytes)) {
      close(ErrorTable.statusOf(ErrorCode.TOO_MANY_REQUESTS));
      return this;
    }
    isCounted = true;
    streams.add(this, headers);
    isRequestDue = true;
    CompletableFuture<Void> recognized = recognized();
    if (recognized.isDone()) {
      call.request(requests);
    } else {
      recognized.thenRun(() -> runLater(() -> call.request(requests)));
    }
    return this;
  }

  /**
   * Completes, and never fails, once it is known who the client is: nothing is read before. Watches
   * do without: each watcher waits for that.
   */
  protected CompletableFuture<Void> recognized() {
    return RECOGNIZED;
  }

  /** Takes a request; not called once the call is closed. */
  protected abstract void take(Q request);

  /** Frees what the call holds; may be called more than once. */
  protected void release() {}

  @Override
  public final void onMessage(Q request) {
    isRequestDue = false;
    if (!isClosed) {
      take(request);
    }
  }

  @Override
  public final void onCancel() {
    isClosed = true;
    endVisit(new CancellationException());
    leave();
  }

  @Override
  public final void onComplete() {
    leave();
  }

  @Override
  public final void end(Status status) {
    connection.outbox().add(() -> close(status));
  }

  /** Runs work on the event loop, after everything that was put there before; for any thread. */
  final void runLater(Runnable work) {
    connection.outbox().add(work);
  }

  /** Has {@link #onWake} run on the event loop, once for all wake-ups until then; any thread. */
  final void wake() {
    if (isWoken.compareAndSet(false, true)) {
      runLater(
          () -> {
            isWoken.set(false);
            onWake();
          });
    }
  }

  /** There may be something to send. */
  protected void onWake() {}

  final boolean isClosed() {
    return isClosed;
  }

  /**
   * True if the transport takes a message without buffering it. Then it has written nearly all that
   * it was given before.
   */
  final boolean isReady() {
    noteWritten();
    return !isClosed && call.isReady();
  }

  /** The client, with the token that the call was opened with. */
  final Caller caller() {
    return caller;
  }

  /** Takes the visit that ends with the call. */
  final void isVisiting(Entrance.Visit<?> begun) {
    visit = begun;
  }

  private void endVisit(@Nullable Throwable failure) {
    Entrance.Visit<?> begun = visit;
    if (begun != null) {
      begun.ended(null, failure);
    }
  }

  /** What the call has taken of the memory budget. */
  final Hold hold() {
    return hold;
  }

  /**
   * Requests one message, unless one has been requested already. Only called while the client reads
   * its answers: requests of a client that does not would pile up.
   */
  final void requestNext() {
    if (!isClosed && !isRequestDue) {
      isRequestDue = true;
      call.request(1);
    }
  }

  final void send(A message, int size) {
    unreadBytes += size;
    connection.sent(size);
    if (!hasSentHeaders) {
      hasSentHeaders = true;
      call.sendHeaders(new Metadata());
    }
    call.sendMessage(message);
    noteWritten();
  }

  /** What the transport has taken at once has been read, as far as anybody can tell. */
  private void noteWritten() {
    if (unreadBytes > 0 && call.isReady()) {
      connection.finished(unreadBytes);
      unreadBytes = 0;
    }
  }

  final void close(Status status) {
    if (!isClosed) {
      isClosed = true;
      endVisit(status.isOk() ? null : status.asRuntimeException());
      leave();
      call.close(status, new Metadata());
    }
  }

  /** Whether something is being read for the call, which takes memory until it has come back. */
  protected boolean isReading() {
    return false;
  }

  /** Nothing of the call is under way after its end; again does nothing. */
  final void free() {
    hold.close();
    if (isCounted) {
      isCounted = false;
      connection.callEnds(headerBytes);
    }
  }

  private void leave() {
    release();
    streams.remove(this);
    hold.abandon();
    if (!isReading()) {
      free();
    }
    if (unreadBytes > 0) {
      connection.finished(unreadBytes);
      unreadBytes = 0;
    }
  }
}
