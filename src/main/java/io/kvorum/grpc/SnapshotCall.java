package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.backup.SnapshotExport;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.SnapshotResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Journal;
import io.kvorum.service.SnapshotStream;
import io.kvorum.wire.ErrorTable;
import io.kvorum.wire.MaintenanceWire;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends a snapshot file while the transport can write. Confined to the connection's event loop,
 * except for {@link #wake} and {@link #end}.
 *
 * <p>Held by: MaintenanceIT.
 */
final class SnapshotCall extends OneRequestCall<SnapshotRequest, SnapshotResponse> {
  /** How many blobs are sent before other connections of the event loop get their turn. */
  private static final int BLOBS_PER_TURN = 16;

  /**
   * The collaborators of all calls.
   *
   * @param snapshot opens a stream that calls the given wake
   */
  record Context(Entrance<Function<Runnable, SnapshotStream>> snapshot, StreamRegistry streams) {}

  private final Context context;
  private @Nullable SnapshotStream stream;

  private SnapshotCall(
      ServerCall<SnapshotRequest, SnapshotResponse> call, Metadata headers, Context context) {
    super(call, headers, context.streams());
    this.context = context;
  }

  static ServerCall.Listener<SnapshotRequest> start(
      ServerCall<SnapshotRequest, SnapshotResponse> call, Metadata headers, Context context) {
    return new SnapshotCall(call, headers, context).begin(headers);
  }

  @Override
  protected CompletableFuture<Void> recognized() {
    return context.snapshot().recognize(caller());
  }

  @Override
  protected void start(SnapshotRequest asked) {
    Entrance.Visit<Function<Runnable, SnapshotStream>> visit =
        context.snapshot().enter(caller(), asked, Journal.Kind.STREAM);
    isVisiting(visit);
    stream = visit.service().apply(this::wake);
    send();
  }

  @Override
  public void onReady() {
    send();
  }

  @Override
  protected void onWake() {
    send();
  }

  @Override
  protected void release() {
    SnapshotStream open = stream;
    if (open != null) {
      open.close();
    }
  }

  private void send() {
    SnapshotStream open = stream;
    if (open == null) {
      return;
    }
    for (int sent = 0; isReady(); sent++) {
      if (sent == BLOBS_PER_TURN) {
        wake();
        return;
      }
      SnapshotExport.Blob blob = open.poll();
      if (blob == null) {
        Throwable failure = open.failure();
        if (failure != null) {
          close(ErrorTable.statusOf(failure));
        } else if (open.isOver()) {
          close(Status.OK);
        }
        return;
      }
      SnapshotResponse message = MaintenanceWire.response(blob);
      send(message, message.getSerializedSize());
    }
  }
}
