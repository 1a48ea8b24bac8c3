package io.kvorum.peer;

import io.kvorum.mvcc.SnapshotStaging;
import java.io.IOException;

/** Where the state of another member goes, in the end. */
public interface SnapshotTarget extends StagingArea {

  /**
   * Makes a complete store the one that serves. On the thread that calls {@link
   * io.kvorum.consensus.SnapshotTransfer.Arrived#install}.
   *
   * @throws IOException final: the member must stop
   */
  void install(SnapshotStaging store) throws IOException;
}
