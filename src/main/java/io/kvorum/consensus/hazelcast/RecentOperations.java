package io.kvorum.consensus.hazelcast;

import java.util.ArrayDeque;

/**
 * The bytes of the entries that were applied last stay in memory while other members may still need
 * them: a follower is rarely behind by more.
 *
 * <p>Confined to the engine thread.
 */
final class RecentOperations {
  private static final long KEPT_BYTES = 8L << 20;

  private final ArrayDeque<LogOperation> kept = new ArrayDeque<>();
  private long keptBytes;
  private boolean keeps;

  /**
   * @param keeps false if there is nobody to send entries to
   */
  void keep(boolean keeps) {
    this.keeps = keeps;
    if (!keeps) {
      letGoDownTo(0);
    }
  }

  /** The operation has been applied. */
  void applied(LogOperation operation) {
    byte[] payload = operation.payloadAtHand();
    if (!keeps || payload == null) {
      operation.release();
      return;
    }
    operation.releaseCommands();
    kept.add(operation);
    keptBytes += payload.length;
    letGoDownTo(KEPT_BYTES);
  }

  private void letGoDownTo(long bytes) {
    while (keptBytes > bytes) {
      LogOperation oldest = kept.remove();
      byte[] payload = oldest.payloadAtHand();
      keptBytes -= payload == null ? 0 : payload.length;
      oldest.release();
    }
  }
}
