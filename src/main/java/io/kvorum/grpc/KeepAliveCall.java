package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.kvorum.service.Header;
import io.kvorum.service.LeaseService.KeepAlive;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.LeaseWire;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One stream of keep-alives: a request is taken when the one before it has been answered, and the
 * client can take more answers. Confined to the connection's event loop, but for {@link #end}.
 */
final class KeepAliveCall extends ServerCall.Listener<LeaseKeepAliveRequest>
    implements StreamRegistry.OpenStream {

  /**
   * What a call needs of its surroundings.
   *
   * @param header the header of an answer, made before the renewal
   */
  record Context(
      LongFunction<CompletableFuture<KeepAlive>> renew,
      Supplier<Header> header,
      StreamRegistry streams) {}

  private final ServerCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call;
  private final Context context;
  private final Outbox outbox;
  private boolean sentHeaders;
  private boolean isRenewing;
  private boolean isAskedForMore;
  private boolean isHalfClosed;
  private boolean isClosed;

  private KeepAliveCall(
      ServerCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call, Context context) {
    this.call = call;
    this.context = context;
    this.outbox = Outbox.of(call);
  }

  static ServerCall.Listener<LeaseKeepAliveRequest> start(
      ServerCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call,
      Metadata headers,
      Context context) {
    KeepAliveCall keepAlive = new KeepAliveCall(call, context);
    context.streams().add(keepAlive, headers);
    keepAlive.askForMore();
    return keepAlive;
  }

  @Override
  public void onMessage(LeaseKeepAliveRequest request) {
    isAskedForMore = false;
    if (isClosed) {
      return;
    }
    isRenewing = true;
    Header header = context.header().get();
    CompletableFuture<KeepAlive> renewal;
    try {
      renewal = context.renew().apply(request.getID());
    } catch (RuntimeException refusal) {
      close(ErrorTable.statusOf(refusal));
      return;
    }
    if (renewal.isDone()) {
      renewal.whenComplete((renewed, failure) -> answer(header, renewed, failure));
    } else {
      renewal.whenComplete(
          (renewed, failure) -> outbox.add(() -> answer(header, renewed, failure)));
    }
  }

  private void answer(Header header, @Nullable KeepAlive renewed, @Nullable Throwable failure) {
    isRenewing = false;
    if (isClosed) {
      return;
    }
    if (failure != null || renewed == null) {
      close(failure == null ? Status.INTERNAL : ErrorTable.statusOf(failure));
      return;
    }
    if (!sentHeaders) {
      sentHeaders = true;
      call.sendHeaders(new Metadata());
    }
    call.sendMessage(LeaseWire.response(header, renewed));
    if (isHalfClosed) {
      close(Status.OK);
    } else if (call.isReady()) {
      askForMore();
    }
  }

  @Override
  public void onReady() {
    if (!isClosed && !isRenewing && !isAskedForMore) {
      askForMore();
    }
  }

  @Override
  public void onHalfClose() {
    isHalfClosed = true;
    if (!isRenewing) {
      close(Status.OK);
    }
  }

  @Override
  public void onCancel() {
    isClosed = true;
    context.streams().remove(this);
  }

  @Override
  public void onComplete() {
    context.streams().remove(this);
  }

  @Override
  public void end(Status status) {
    outbox.add(() -> close(status));
  }

  private void askForMore() {
    isAskedForMore = true;
    call.request(1);
  }

  private void close(Status status) {
    if (!isClosed) {
      isClosed = true;
      context.streams().remove(this);
      call.close(status, new Metadata());
    }
  }
}
