package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.service.Header;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchStream;
import io.kvorum.wire.WatchFrame;
import io.kvorum.wire.WatchWire;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * One watch stream: requests go to the hub's stream, messages are taken from it while the transport
 * can write. What a slow client does not read stays with the hub, which knows how to catch up.
 *
 * <p>Confined to the connection's event loop, but for {@link #wake} and {@link #end}.
 */
final class WatchCall extends ServerCall.Listener<WatchRequest>
    implements StreamRegistry.OpenStream {
  /** How much is sent before other connections of the event loop get their turn. */
  private static final int MESSAGES_PER_TURN = 32;

  /**
   * What a call needs of its surroundings.
   *
   * @param open opens a stream of the hub, which calls the given wake
   * @param header the header of a message
   * @param maxMessageBytes where a message is cut for clients that take it in parts
   */
  record Context(
      Function<Runnable, WatchStream> open,
      Function<WatchMessage, Header> header,
      int maxMessageBytes,
      StreamRegistry streams) {}

  private final ServerCall<WatchRequest, WatchFrame> call;
  private final Context context;
  private final Outbox outbox;
  private final AtomicBoolean isWoken = new AtomicBoolean();
  private final WatchStream stream;
  private boolean sentHeaders;
  private boolean isAskedForMore;
  private boolean isClosed;

  private WatchCall(ServerCall<WatchRequest, WatchFrame> call, Context context) {
    this.call = call;
    this.context = context;
    this.outbox = Outbox.of(call);
    // Waking only leaves a note in the outbox, which is read after this constructor.
    this.stream = context.open().apply(this::wake);
  }

  static ServerCall.Listener<WatchRequest> start(
      ServerCall<WatchRequest, WatchFrame> call, Metadata headers, Context context) {
    WatchCall watch = new WatchCall(call, context);
    context.streams().add(watch, headers);
    watch.askForMore();
    return watch;
  }

  @Override
  public void onMessage(WatchRequest request) {
    isAskedForMore = false;
    if (isClosed) {
      return;
    }
    switch (request.getRequestUnionCase()) {
      case CREATE_REQUEST -> stream.create(WatchWire.spec(request.getCreateRequest()));
      case CANCEL_REQUEST -> stream.cancel(request.getCancelRequest().getWatchId());
      case PROGRESS_REQUEST -> stream.requestProgress();
      case REQUESTUNION_NOT_SET -> {
        // etcd, too, takes no notice of a request that asks for nothing.
      }
    }
    if (call.isReady()) {
      askForMore();
    }
  }

  @Override
  public void onReady() {
    if (!isClosed && !isAskedForMore) {
      askForMore();
    }
    send();
  }

  /** A client that has no more requests still wants its events. */
  @Override
  public void onHalfClose() {}

  @Override
  public void onCancel() {
    isClosed = true;
    release();
  }

  @Override
  public void onComplete() {
    release();
  }

  @Override
  public void end(Status status) {
    outbox.add(() -> close(status));
  }

  private void wake() {
    if (isWoken.compareAndSet(false, true)) {
      outbox.add(this::sendWhenWoken);
    }
  }

  private void sendWhenWoken() {
    isWoken.set(false);
    send();
  }

  private void send() {
    int sent = 0;
    while (!isClosed && call.isReady()) {
      if (sent == MESSAGES_PER_TURN) {
        wake();
        return;
      }
      WatchMessage message = stream.poll();
      if (message == null) {
        return;
      }
      send(message);
      sent++;
    }
  }

  private void send(WatchMessage message) {
    if (!sentHeaders) {
      sentHeaders = true;
      call.sendHeaders(new Metadata());
    }
    Header header = context.header().apply(message);
    for (WatchFrame frame : WatchWire.frames(header, message, context.maxMessageBytes())) {
      call.sendMessage(frame);
    }
  }

  /**
   * A client that does not read the answers is not asked for more requests, as these would pile up.
   */
  private void askForMore() {
    isAskedForMore = true;
    call.request(1);
  }

  private void close(Status status) {
    if (!isClosed) {
      isClosed = true;
      release();
      call.close(status, new Metadata());
    }
  }

  private void release() {
    stream.close();
    context.streams().remove(this);
  }
}
