package io.kvorum.rest;

import io.kvorum.backup.SnapshotExport;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.service.SnapshotStream;
import io.kvorum.wire.MaintenanceWire;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves a snapshot file as JSON. Threads as {@link OneRequestConversation}.
 *
 * <p>Held by: JsonMaintenanceIT.
 */
final class SnapshotConversation extends OneRequestConversation<SnapshotRequest, SnapshotStream> {
  /**
   * @param snapshot opens the file, and wakes this conversation's stream
   */
  SnapshotConversation(Function<SnapshotRequest, SnapshotStream> snapshot) {
    super(SnapshotRequest.getDefaultInstance(), snapshot);
  }

  @Override
  public byte @Nullable [] next() {
    SnapshotStream open = source();
    SnapshotExport.Blob blob = open == null ? null : open.poll();
    return blob == null
        ? null
        : element(MaintenanceWire.response(blob), blob.bytes().length * 3 / 2);
  }

  @Override
  public boolean isOver() {
    SnapshotStream open = source();
    return open != null && (open.isOver() || open.failure() != null);
  }

  @Override
  public @Nullable GatewayError failure() {
    SnapshotStream open = source();
    Throwable failure = open == null ? null : open.failure();
    return failure == null ? null : GatewayError.of(failure);
  }

  @Override
  void close(SnapshotStream opened) {
    opened.close();
  }
}
