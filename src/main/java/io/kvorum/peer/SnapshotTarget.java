package io.kvorum.peer;

import io.kvorum.mvcc.SnapshotStaging;
import java.io.IOException;

/** Receives a snapshot of another member, and puts it to use. */
public interface SnapshotTarget extends StagingArea {

  /**
   * Replaces the store by a complete snapshot. Called on the thread that calls {@link
   * io.kvorum.consensus.SnapshotTransfer.Arrived#install}.
   *
   * @throws IOException final: the member must stop
   */
  void install(SnapshotStaging staged) throws IOException;
}
