package io.kvorum.rest;

import io.kvorum.backup.SnapshotExport;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.rest.json.JsonToMessage;
import io.kvorum.rest.json.MessageToJson;
import io.kvorum.service.SnapshotStream;
import io.kvorum.wire.MaintenanceWire;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves a snapshot file as JSON, for one request; what follows it is ignored, and an empty body
 * stands for an empty request. Confined to its stream's turns, except for {@link #close}.
 *
 * <p>Held by: JsonMaintenanceIT.
 */
final class SnapshotConversation implements Conversation {
  private final Function<SnapshotRequest, SnapshotStream> snapshot;
  private volatile @Nullable SnapshotStream stream;
  private volatile boolean isClosed;

  /**
   * @param snapshot opens the file, and wakes this conversation's stream
   */
  SnapshotConversation(Function<SnapshotRequest, SnapshotStream> snapshot) {
    this.snapshot = snapshot;
  }

  @Override
  public void take(byte[] json) {
    begin(JsonToMessage.read(json, SnapshotRequest.newBuilder()).build());
  }

  @Override
  public boolean takesMore() {
    return stream == null;
  }

  @Override
  public void requestsEnded() {
    if (stream == null) {
      begin(SnapshotRequest.getDefaultInstance());
    }
  }

  private void begin(SnapshotRequest request) {
    SnapshotStream begun = snapshot.apply(request);
    stream = begun;
    if (isClosed) {
      begun.close();
    }
  }

  @Override
  public byte @Nullable [] next() {
    SnapshotStream open = stream;
    SnapshotExport.Blob blob = open == null ? null : open.poll();
    if (blob == null) {
      return null;
    }
    JsonBuffer out = new JsonBuffer(blob.bytes().length * 3 / 2).append("{\"result\":");
    MessageToJson.write(MaintenanceWire.response(blob), out);
    return out.append("}\n").toByteArray();
  }

  /** The one request is answered for as long as the stream lasts. */
  @Override
  public boolean hasAnswered() {
    return true;
  }

  @Override
  public boolean isOver() {
    SnapshotStream open = stream;
    return open != null && (open.isOver() || open.failure() != null);
  }

  @Override
  public @Nullable GatewayError failure() {
    SnapshotStream open = stream;
    Throwable failure = open == null ? null : open.failure();
    return failure == null ? null : GatewayError.of(failure);
  }

  @Override
  public void close() {
    isClosed = true;
    SnapshotStream open = stream;
    if (open != null) {
      open.close();
    }
  }
}
