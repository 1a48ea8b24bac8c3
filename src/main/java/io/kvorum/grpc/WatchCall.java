package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.Header;
import io.kvorum.service.WatchService;
import io.kvorum.support.Futures;
import io.kvorum.watch.WatchMessage;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.WatchFrame;
import io.kvorum.wire.WatchWire;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves one watch stream: passes requests to the hub's stream, and sends its messages while the
 * transport can write. What a slow client does not read stays with the hub, which catches it up.
 *
 * <p>Confined to the connection's event loop, except for {@link #wake} and {@link #end}.
 */
final class WatchCall extends StreamCall<WatchRequest, WatchFrame> {
  /** How many messages are sent before other connections of the event loop get their turn. */
  private static final int MESSAGES_PER_TURN = 32;

  /**
   * The collaborators of all watch calls.
   *
   * @param header the header of a message
   * @param maxMessageBytes where a message is cut for a client that accepts fragments
   */
  record Context(
      WatchService watch,
      Function<WatchMessage, Header> header,
      int maxMessageBytes,
      StreamRegistry streams) {}

  private final Context context;
  private final WatchService.Opened stream;

  private boolean isWaitingForRoom;

  private WatchCall(ServerCall<WatchRequest, WatchFrame> call, Metadata headers, Context context) {
    super(call, headers, context.streams());
    this.context = context;
    // Waking only adds to the outbox, which is drained after this constructor.
    this.stream = context.watch().open(caller(), this::wake);
  }

  static ServerCall.Listener<WatchRequest> start(
      ServerCall<WatchRequest, WatchFrame> call, Metadata headers, Context context) {
    return new WatchCall(call, headers, context).begin(headers, 1);
  }

  @Override
  protected void take(WatchRequest request) {
    switch (request.getRequestUnionCase()) {
      case CREATE_REQUEST -> create(request.getCreateRequest());
      case CANCEL_REQUEST -> stream.cancel(request.getCancelRequest().getWatchId());
      case PROGRESS_REQUEST -> stream.requestProgress();
      case REQUESTUNION_NOT_SET -> {
        // etcd, too, ignores a request without content.
      }
    }
    if (isReady()) {
      requestNextUnlessBusy();
    }
  }

  /** Requests behind one that waits would pile up. */
  private void requestNextUnlessBusy() {
    if (!stream.isBusy()) {
      requestNext();
    }
  }

  private void create(WatchCreateRequest request) {
    try {
      stream.create(request, WatchWire.spec(request));
    } catch (RequestException refusal) {
      close(ErrorTable.statusOf(refusal));
    }
  }

  @Override
  public void onReady() {
    sendAndRequest();
  }

  /** A client that has no more requests still wants its events. */
  @Override
  public void onHalfClose() {}

  @Override
  protected void release() {
    stream.close();
  }

  @Override
  protected void onWake() {
    sendAndRequest();
  }

  /** In that order: a stream is busy while its answers have not been sent. */
  private void sendAndRequest() {
    send();
    if (isReady()) {
      requestNextUnlessBusy();
    }
  }

  private void send() {
    int sent = 0;
    while (isReady() && !isWaitingForRoom) {
      hold().settle(0);
      if (sent == MESSAGES_PER_TURN) {
        wake();
        return;
      }
      if (!hasRoom(stream.nextBytes())) {
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
    Header header = context.header().apply(message);
    for (WatchFrame frame : WatchWire.frames(header, message, context.maxMessageBytes())) {
      send(frame, frame.length());
    }
  }

  /**
   * Takes room for the next message; if there is none, sending goes on when there is. No event is
   * lost for lack of it: a message that is larger than all that the client may have is sent
   * nevertheless. The message may still grow before it is fetched, by less than one of usual size.
   */
  private boolean hasRoom(long bytes) {
    if (bytes <= ClientLimits.FREE_BYTES || hold().tryTake(bytes)) {
      return true;
    }
    isWaitingForRoom = true;
    hold().take(bytes).whenComplete((taken, refusal) -> runLater(() -> goOn(bytes, refusal)));
    return false;
  }

  private void goOn(long bytes, @Nullable Throwable refusal) {
    isWaitingForRoom = false;
    if (isClosed()) {
      return;
    }
    boolean isTooLarge =
        refusal != null
            && Futures.cause(refusal) instanceof RequestException reason
            && reason.code() == ErrorCode.ANSWER_TOO_LARGE;
    if (refusal == null || isTooLarge) {
      hold().settle(bytes);
      WatchMessage message = stream.poll();
      if (message != null) {
        send(message);
      }
    }
    sendAndRequest();
  }
}
