package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Header;
import io.kvorum.service.Journal;
import io.kvorum.service.LeaseService.KeepAlive;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.LeaseWire;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves one stream of keep-alives: the next request is taken once the previous one has been
 * answered and the client can take more answers. Confined to the connection's event loop, except
 * for {@link #end}.
 */
final class KeepAliveCall extends StreamCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> {

  /**
   * The collaborators of all keep-alive calls.
   *
   * @param header the header of an answer, made before the renewal
   */
  record Context(
      Entrance<LongFunction<CompletableFuture<KeepAlive>>> renew,
      Supplier<Header> header,
      StreamRegistry streams) {}

  private final Context context;
  private boolean hasBegun;
  private boolean isRenewing;
  private boolean isHalfClosed;

  private KeepAliveCall(
      ServerCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call,
      Metadata headers,
      Context context) {
    super(call, headers, context.streams());
    this.context = context;
  }

  static ServerCall.Listener<LeaseKeepAliveRequest> start(
      ServerCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call,
      Metadata headers,
      Context context) {
    return new KeepAliveCall(call, headers, context).begin(headers, 1);
  }

  @Override
  protected CompletableFuture<Void> recognized() {
    return context.renew().recognize(caller());
  }

  @Override
  protected void take(LeaseKeepAliveRequest request) {
    isRenewing = true;
    Header header = context.header().get();
    CompletableFuture<KeepAlive> renewal;
    try {
      renewal = admitted(request).apply(request.getID());
    } catch (RuntimeException refusal) {
      close(ErrorTable.statusOf(refusal));
      return;
    }
    if (renewal.isDone()) {
      renewal.whenComplete((renewed, failure) -> answer(header, renewed, failure));
    } else {
      renewal.whenComplete((renewed, failure) -> runLater(() -> answer(header, renewed, failure)));
    }
  }

  /** The first request begins what is noted of the call. */
  private LongFunction<CompletableFuture<KeepAlive>> admitted(LeaseKeepAliveRequest request) {
    if (hasBegun) {
      return context.renew().admit(caller(), request);
    }
    Entrance.Visit<LongFunction<CompletableFuture<KeepAlive>>> visit =
        context.renew().enter(caller(), request, Journal.Kind.STREAM);
    isVisiting(visit);
    hasBegun = true;
    return visit.service();
  }

  private void answer(Header header, @Nullable KeepAlive renewed, @Nullable Throwable failure) {
    isRenewing = false;
    if (isClosed()) {
      return;
    }
    if (failure != null || renewed == null) {
      close(failure == null ? Status.INTERNAL : ErrorTable.statusOf(failure));
      return;
    }
    LeaseKeepAliveResponse answer = LeaseWire.response(header, renewed);
    send(answer, answer.getSerializedSize());
    if (isHalfClosed) {
      close(Status.OK);
    } else if (isReady()) {
      requestNext();
    }
  }

  @Override
  public void onReady() {
    if (!isRenewing) {
      requestNext();
    }
  }

  @Override
  public void onHalfClose() {
    isHalfClosed = true;
    if (!isRenewing) {
      close(Status.OK);
    }
  }
}
