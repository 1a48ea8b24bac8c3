package io.kvorum.peer;

import io.kvorum.mvcc.SnapshotStaging;
import java.io.IOException;

/** The place where a state gathers that comes from another member. */
public interface StagingArea {

  /**
   * Opens it, with what an earlier attempt left there; one is open at a time. On a worker.
   *
   * @throws IOException if what is there cannot be used
   */
  SnapshotStaging open() throws IOException;

  /**
   * Drops what is there, since it could not be opened or gone on with; nothing that {@link #open}
   * gave is open. On a worker.
   *
   * @return false if that would not help, and nothing was dropped: the disk is full, say
   * @throws IOException final for this transfer
   */
  boolean clear() throws IOException;
}
