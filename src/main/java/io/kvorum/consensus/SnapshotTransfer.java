package io.kvorum.consensus;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * Fetches a snapshot of another member's state, for a member whose next entries are no longer in
 * any log. Thread-safe; does not block.
 */
public interface SnapshotTransfer {

  /** For a member without peers. */
  SnapshotTransfer NONE =
      (memberId, atLeastIndex) ->
          CompletableFuture.failedFuture(new IOException("there is no other member"));

  /** A snapshot that has arrived whole and is durable in staging, not in use yet. */
  interface Arrived {
    long index();

    long term();

    /**
     * Replaces the state of this member's state machine by it, durably. Called by the Raft thread.
     *
     * @throws IOException final: the member must stop
     */
    void install() throws IOException;

    /** Discards it. Any thread. */
    void discard();
  }

  /**
   * Fetches the state of {@code memberId} as of entry {@code atLeastIndex} or a later one, resuming
   * an earlier attempt where that is possible. One at a time.
   */
  CompletableFuture<Arrived> pull(long memberId, long atLeastIndex);
}
