package io.kvorum.peer;

import io.kvorum.mvcc.SnapshotStaging;
import java.io.IOException;

/** Holds one snapshot while it is received from another member; survives broken attempts. */
public interface StagingArea {

  /**
   * Opens the area, with the remains of an earlier attempt; at most one is open at a time. Called
   * on a worker.
   *
   * @throws IOException if the remains cannot be used
   */
  SnapshotStaging open() throws IOException;

  /**
   * Drops the remains, since they could not be opened or resumed; nothing returned by {@link #open}
   * is open. Called on a worker.
   *
   * @return false if that would not help, with a full disk for instance, and nothing was dropped
   * @throws IOException final for this transfer
   */
  boolean clear() throws IOException;
}
