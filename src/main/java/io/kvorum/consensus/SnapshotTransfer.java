package io.kvorum.consensus;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * Brings the whole state of another member to this one, for the case that the log does not reach
 * back far enough. Thread-safe; does not block.
 */
public interface SnapshotTransfer {

  /** A member without others has nobody to pull from. */
  SnapshotTransfer NONE =
      (memberId, atLeastIndex) ->
          CompletableFuture.failedFuture(new IOException("there is no other member"));

  /** A state that has arrived whole, is durable in a place of its own, and is not in use yet. */
  interface Arrived {
    long index();

    long term();

    /**
     * Makes it the state of this member's state machine, durably, in place of the one before. On
     * the engine thread.
     *
     * @throws IOException final: the member must stop
     */
    void install() throws IOException;

    /** It is not wanted any more. Any thread. */
    void discard();
  }

  /**
   * Pulls the state of {@code memberId}, as it stands after entry {@code atLeastIndex} or a later
   * one. What an earlier attempt brought is used again where that is possible. One at a time.
   */
  CompletableFuture<Arrived> pull(long memberId, long atLeastIndex);
}
