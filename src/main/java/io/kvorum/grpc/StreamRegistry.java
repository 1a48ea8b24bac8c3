package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.wire.ErrorTable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Registers the calls that stay open, so that they can be ended: all of them when the member stops,
 * and those that require a leader when there is none. Thread-safe.
 */
final class StreamRegistry {

  /** A call that can be ended from any thread; ending it again does nothing. */
  interface OpenStream {
    void end(Status status);
  }

  private final BooleanSupplier hasRecentLeader;
  private final Set<OpenStream> all = ConcurrentHashMap.newKeySet();
  private final Set<OpenStream> requiringLeader = ConcurrentHashMap.newKeySet();
  private volatile boolean isStopped;

  /**
   * @param hasRecentLeader false once there has been no leader for some time: an ordinary election
   *     does not end open streams
   */
  StreamRegistry(BooleanSupplier hasRecentLeader) {
    this.hasRecentLeader = hasRecentLeader;
  }

  void add(OpenStream stream, Metadata headers) {
    all.add(stream);
    if (CallGuard.requiresLeader(headers)) {
      requiringLeader.add(stream);
    }
    if (isStopped) {
      stream.end(ErrorTable.statusOf(ErrorCode.STOPPED));
    }
  }

  /** Adds a stream that requires a leader, and that others end when the member stops. */
  void addRequiringLeader(OpenStream stream) {
    requiringLeader.add(stream);
  }

  void remove(OpenStream stream) {
    all.remove(stream);
    requiringLeader.remove(stream);
  }

  /** Ends the streams that require a leader if there has been none for some time; periodic. */
  void checkLeader() {
    if (!hasRecentLeader.getAsBoolean() && !requiringLeader.isEmpty()) {
      requiringLeader.forEach(stream -> stream.end(ErrorTable.statusOf(ErrorCode.NO_LEADER)));
    }
  }

  /** Ends all streams, and every one registered later. */
  void stop() {
    isStopped = true;
    all.forEach(stream -> stream.end(ErrorTable.statusOf(ErrorCode.STOPPED)));
  }
}
