package io.kvorum.peer;

import io.kvorum.mvcc.StoreSnapshot;
import java.io.IOException;

/** Opens snapshots of the store for other members. Thread-safe. */
public interface SnapshotSource {

  /**
   * Opens a snapshot that contains everything up to that index of the log. Called on a worker; may
   * wait for the index to be applied, but not for long.
   *
   * @throws IOException if there is no such snapshot now; the message goes to the other member
   */
  StoreSnapshot open(long atLeastIndex) throws IOException;
}
