package io.kvorum.peer;

import io.kvorum.mvcc.StoreSnapshot;
import java.io.IOException;

/** Where a state comes from that another member asks for. */
public interface SnapshotSource {

  /**
   * Opens a reading that contains everything up to that index of the log. On a worker: may wait for
   * it, but not for long.
   *
   * @throws IOException if there is none now; the message goes to the other member
   */
  StoreSnapshot open(long atLeastIndex) throws IOException;
}
